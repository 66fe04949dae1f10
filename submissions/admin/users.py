"""Users and groups in the admin; registered in registry.py.

Each change of rights, of a name or of the active flag adds an entry with its author to the audit's chain.
"""

from typing import Any

from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from ..accounts.usernames import validate_username
from ..audit import account_notes


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


class AccountChangeForm(PlainName, UserChangeForm):  # type: ignore[type-arg]
    """The form that changes an account."""


class AccountAdmin(UserAdmin):  # type: ignore[type-arg] # takes none at runtime
    """Accounts. Staff deactivate them instead of deleting them: an account that ran a program (PROTECT)
    or has entries in the admin's log, which nobody may delete (LogEntryAdmin), cannot be deleted."""

    form = AccountChangeForm
    add_form = AccountCreationForm

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # it would add no entry to the chain
        return actions

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        account_notes.note(form.instance, by=request.user)

    def delete_model(self, request: Any, obj: User) -> None:
        account_notes.note_removed(obj, by=request.user)
        super().delete_model(request, obj)


class RightsGroupAdmin(GroupAdmin):
    """Groups. A change of a group's permissions is a change of its members' rights."""

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
