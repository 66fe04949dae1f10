"""People and groups in the admin; registered in registry.py.

Each change of rights, of a name or of the active flag adds an entry with its author to the audit's chain.
"""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ... import orders
from ...accounts import sessions
from ...accounts.models import Freeze
from ...accounts.usernames import RESERVED_PREFIXES, validate_username
from ...audit.accounts import account_notes
from ...audit.accounts.freezing import end_freeze
from ...lifecycle.models import Submission
from ..read_only import Titled
from ..submissions import person_link
from .freezing import ask_for_reason

RECENT_DAYS = 7


class PlainName:
    """A form that applies the rules to a new or changed name; older names may stay."""

    cleaned_data: dict[str, Any]
    instance: User

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        others = User.objects.exclude(pk=self.instance.pk)
        if User.objects.filter(pk=self.instance.pk, username=name).exists():
            return name
        validate_username(name)
        # Logins ignore case.
        if others.filter(username__iexact=name).exists():
            raise ValidationError("A user with that username already exists.", code="unique")
        return name


class AccountCreationForm(PlainName, AdminUserCreationForm):  # type: ignore[type-arg]
    """The form that adds an account."""


def state_of(user: User) -> str:
    """Return what the form of an account must not undo without knowing of it: its name, and whether it is
    closed or frozen."""
    freeze = Freeze.objects.filter(user=user, ended=None).values_list("pk", flat=True).first()
    return f"{user.get_username()} {user.is_active} {freeze}"


class AccountChangeForm(PlainName, UserChangeForm):  # type: ignore[type-arg]
    """The form that changes an account. Its page has the account's state in the field `seen`: an old page
    would make an account active that was frozen or deleted meanwhile."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.data.get("seen", seen := state_of(self.instance)) != seen:
            raise ValidationError(
                "This account was frozen, unfrozen, closed, renamed or deleted since you opened this"
                " page. Open it again.",
                code="changed",
            )
        return cleaned


class StateFilter(admin.SimpleListFilter):
    """Accounts in use, frozen ones, and the others."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "Active"), ("frozen", "Frozen"), ("inactive", "Inactive")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "active":
            return queryset.filter(is_active=True)
        if self.value() == "frozen":
            return queryset.filter(is_active=False, is_frozen=True)
        if self.value() == "inactive":
            return queryset.filter(is_active=False, is_frozen=False)
        return queryset


def useful_permissions() -> QuerySet[Permission]:
    """Return the permissions that open something here, and those that somebody has anyway."""
    of_the_site = Q(content_type__app_label__in=("submissions", "auth", "usersessions"))
    reads = Q(codename__startswith="view_")
    own = ~Q(codename__regex="^(add|change|delete)_")
    accounts = Q(codename__in=("add_user", "change_user", "add_group", "change_group"))
    in_use = Q(user__isnull=False) | Q(group__isnull=False)
    found = Permission.objects.filter(in_use | (of_the_site & (reads | own | accounts)))
    return found.select_related("content_type").distinct()


class Boxes:
    """A mixin that shows groups and permissions as boxes to tick, without scripts and pop-ups.

    Only those permissions are shown that open something: no table of the site is written by hand.
    """

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **options: Any) -> Any:
        boxes = CheckboxSelectMultiple()
        if db_field.remote_field.model is Permission:
            options["queryset"] = useful_permissions()
        field = super().formfield_for_manytomany(db_field, request, **{**options, "widget": boxes})  # type: ignore[misc]
        field.help_text = ""
        return field

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]
        if field and hasattr(field.widget, "can_add_related"):
            field.widget = field.widget.widget
        return field


class AccountAdmin(Titled, Boxes, UserAdmin):  # type: ignore[type-arg] # takes none at runtime
    """People. Staff freeze an account instead of deleting it: an account that ran a program (PROTECT)
    or has entries in the admin's log, which nobody may delete (LogEntryAdmin), cannot be deleted."""

    list_title = "People"
    form = AccountChangeForm
    add_form = AccountCreationForm
    list_display = (
        "shown_name",
        "shown_state",
        "shown_role",
        "shown_runs",
        "shown_login",
        "shown_joined",
    )
    list_display_links = None
    list_filter = (StateFilter, "is_staff", "groups")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("username", "email", "first_name", "last_name")
    search_help_text = "Searches user name, name and e-mail."
    actions = ("freeze_selected",)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        frozen = Freeze.objects.filter(user=OuterRef("pk"), ended=None)
        week = timezone.now() - timedelta(days=RECENT_DAYS)
        runs = Submission.objects.filter(user=OuterRef("pk"), created__gte=week).order_by()
        counted = runs.values("user").annotate(count=Count("*")).values("count")
        return people.annotate(
            is_frozen=Exists(frozen),
            recent_runs=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        ).prefetch_related("groups")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kw: Any) -> Any:
        account = kw.get("obj")
        context |= {"title": "Edit account" if account else "New account"}
        if account:
            context["seen"] = request.POST.get("seen", state_of(User.objects.get(pk=account.pk)))
        return super().render_change_form(request, context, *args, **kw)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # it would add no entry to the chain
        return actions

    def has_freeze_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("submissions.freeze_account")

    @admin.action(description="Freeze …", permissions=["freeze"])
    def freeze_selected(self, request: HttpRequest, people: QuerySet[User]) -> HttpResponse:
        return ask_for_reason(request, people.order_by("username"))

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        if form.instance.is_active:
            end_freeze(form.instance, by=request.user)
        account_notes.note(form.instance, by=request.user)
        if not form.instance.is_active:
            # Not before: the form's transaction would keep the runs from storing their end.
            transaction.on_commit(lambda: orders.close_runs(form.instance))

    def user_change_password(self, request: Any, id: str, form_url: str = "") -> HttpResponse:
        """Set somebody's password. Django gives the administrator's own session a new key,
        though the password is another's, and the list of sessions has to follow."""
        before = request.session.session_key
        response = super().user_change_password(request, id, form_url)
        sessions.follow(request.user, before, request.session.session_key)
        return response

    def delete_model(self, request: Any, obj: User) -> None:
        account_notes.note_removed(obj, by=request.user)
        super().delete_model(request, obj)

    @admin.display(description="person", ordering="username")
    def shown_name(self, user: User) -> SafeString:
        full = user.get_full_name()
        more = format_html(' <span class="quiet">{}</span>', full) if full else ""
        return format_html("{}{}", person_link(user.pk, user.get_username()), more)

    @admin.display(description="state", ordering="is_active")
    def shown_state(self, user: User) -> SafeString:
        if user.is_active:
            return format_html('<span class="badge">{}</span>', "Active")
        if user.is_frozen:  # type: ignore[attr-defined] # annotated
            return format_html('<span class="badge frozen">{}</span>', "Frozen")
        is_deleted = user.get_username().startswith(RESERVED_PREFIXES)
        return format_html('<span class="badge">{}</span>', "Deleted" if is_deleted else "Inactive")

    @admin.display(description="role", ordering="is_staff")
    def shown_role(self, user: User) -> str:
        names = [group.name for group in user.groups.all()]
        if user.is_superuser:
            return "Superuser"
        role = ", ".join(names) if names else "Staff"
        return role if user.is_staff or names else "–"

    @admin.display(description=f"runs, {RECENT_DAYS} days", ordering="recent_runs")
    def shown_runs(self, user: User) -> int:
        return int(user.recent_runs)  # type: ignore[attr-defined] # annotated

    @admin.display(description="last login (UTC)", ordering="last_login")
    def shown_login(self, user: User) -> str:
        return f"{user.last_login:%Y-%m-%d %H:%M}" if user.last_login else "Never"

    @admin.display(description="joined", ordering="date_joined")
    def shown_joined(self, user: User) -> str:
        return f"{user.date_joined:%Y-%m-%d}"


class RightsGroupAdmin(Titled, Boxes, GroupAdmin):
    """Groups. A change of a group's permissions is a change of its members' rights."""

    filter_horizontal = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # it would add no entry to the chain
        return actions

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        account_notes.note_all(form.instance.user_set.all(), by=request.user)

    def delete_model(self, request: Any, obj: Group) -> None:
        members = list(obj.user_set.all())
        super().delete_model(request, obj)
        account_notes.note_all(members, by=request.user)
