"""Users and groups in the admin: each change of rights, of a name or of being active is an entry of the
audit's chain, with its author; registered in registry.py."""

from typing import Any

from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from ..accounts.usernames import validate_username
from ..audit import account_notes


class PlainName:
    """A form that holds a new or changed name to the rules; older names may stay as they are."""

    cleaned_data: dict[str, Any]
    instance: User

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        others = User.objects.exclude(pk=self.instance.pk)
        if User.objects.filter(pk=self.instance.pk, username=name).exists():
            return name
        validate_username(name)
        # Logins do not tell upper from lower case.
        if others.filter(username__iexact=name).exists():
            raise ValidationError("A user with that username already exists.", code="unique")
        return name


class AccountCreationForm(PlainName, AdminUserCreationForm):  # type: ignore[type-arg]
    """Adding one."""


class AccountChangeForm(PlainName, UserChangeForm):  # type: ignore[type-arg]
    """Changing one."""


class AccountAdmin(UserAdmin):
    """Accounts are deactivated, not deleted: one that ran a program (PROTECT) or worked here stays; its
    entries of the admin's log would go with it, and those nobody may delete (LogEntryAdmin)."""

    form = AccountChangeForm
    add_form = AccountCreationForm

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # would leave no entry
        return actions

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        account_notes.note(form.instance, by=request.user)

    def delete_model(self, request: Any, obj: User) -> None:
        account_notes.note_removed(obj, by=request.user)
        super().delete_model(request, obj)


class RightsGroupAdmin(GroupAdmin):
    """A group's permissions are its members'."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # would leave no entry
        return actions

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        account_notes.note_all(form.instance.user_set.all(), by=request.user)

    def delete_model(self, request: Any, obj: Group) -> None:
        members = list(obj.user_set.all())
        super().delete_model(request, obj)
        account_notes.note_all(members, by=request.user)
