"""Take back what opens an account without its password: after a password became known, or by a button."""

from allauth.account.forms import ChangePasswordForm, ResetPasswordKeyForm
from allauth.core import context
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from ...accounts.attempts import Limit, Rate, counted
from ...audit.accounts.access import revoke_all

REVOKED = Rate(10, 3600)
"""How often a user may press the button: each time may be an entry of the audit's chain, which nobody
removes."""


def _choice() -> forms.BooleanField:
    return forms.BooleanField(
        required=False,
        label="Also revoke all my API tokens and share links",
        help_text="Choose this if somebody else may know the old password.",
    )


class ChangePassword(ChangePasswordForm):  # type: ignore[misc] # allauth has no types
    """allauth's form, which logs out all other browsers; tokens and links are a choice."""

    revoke = _choice()

    def save(self) -> None:
        super().save()
        _revoke_if_chosen(self)


class ResetPassword(ResetPasswordKeyForm):  # type: ignore[misc]
    """The same after a lost password."""

    revoke = _choice()

    def save(self) -> None:
        super().save()
        _revoke_if_chosen(self)


def _revoke_if_chosen(form: ChangePassword | ResetPassword) -> None:
    if form.cleaned_data["revoke"]:
        _revoke(context.request, form.user)


@login_required
@require_POST
def revoke_access(request: HttpRequest) -> HttpResponse:
    """Revoke all tokens and links of the user. Raises TooManyAttempts."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required; for the type checker
    with counted(Limit("access revoked by", str(request.user.pk), REVOKED)):
        _revoke(request, request.user)
    return redirect("usersessions_list")


def _revoke(request: HttpRequest, user: User) -> None:
    revoked = revoke_all(user)
    messages.success(request, f"Revoked: {revoked}." if revoked else "There was nothing to revoke.")
