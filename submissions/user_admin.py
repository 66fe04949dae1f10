"""The admin's pages of users: Django's own, but for which names are allowed."""

from typing import Any

from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from .usernames import validate_username


class PlainName:
    """A form that holds a new or changed name to the rules; older names may stay as they are."""

    cleaned_data: dict[str, Any]
    instance: User

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if (
            name
            == User.objects.filter(pk=self.instance.pk).values_list("username", flat=True).first()
        ):
            return name
        validate_username(name)
        # Logins do not tell upper from lower case.
        if User.objects.filter(username__iexact=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError("A user with that username already exists.", code="unique")
        return name


class NewUserForm(PlainName, AdminUserCreationForm):  # type: ignore[type-arg]
    """Adding one."""


class ChangedUserForm(PlainName, UserChangeForm):  # type: ignore[type-arg]
    """Changing one."""


class PlainNameUserAdmin(UserAdmin):
    """Registered in config/urls.py, in place of Django's own."""

    add_form = NewUserForm
    form = ChangedUserForm
