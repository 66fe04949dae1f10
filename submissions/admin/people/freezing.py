"""Freeze and unfreeze accounts in the admin, one or many, with a reason that their users read."""

from collections.abc import Iterable

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from ... import orders
from ...accounts.models import Freeze
from ...audit.accounts.freezing import freeze, unfreeze
from .ranks import reaches

MOST = 200
"""Accounts of one form; a list's page has fewer."""
KEY_DIGITS = 19
"""A key has fewer."""


class FreezeForm(forms.Form):
    """The reason."""

    reason = forms.CharField(
        max_length=Freeze._meta.get_field("reason").max_length,
        help_text="The person reads it when they log in. Write a whole sentence.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def may_freeze(by: User | AnonymousUser, user: User) -> bool:
    """Return whether one user may freeze another: never themselves, and staff only if a superuser."""
    if not by.has_perm("submissions.freeze_account") or by.pk == user.pk:
        return False
    return reaches(by, user)


def may_unfreeze(by: User | AnonymousUser, user: User) -> bool:
    """Return whether one user may unfreeze another. A superuser's freeze only a superuser ends."""
    if not may_freeze(by, user):
        return False
    return by.is_superuser or not user.freezes.filter(ended=None, by__is_superuser=True).exists()


def ask_for_reason(
    request: HttpRequest, people: Iterable[User], form: FreezeForm | None = None
) -> HttpResponse:
    """Show the form for those of these accounts that may be frozen."""
    chosen = list(people)
    able = [user for user in chosen if user.is_active and may_freeze(request.user, user)]
    if not able:
        messages.warning(request, "You cannot freeze any of these accounts.")
        return redirect("admin:auth_user_changelist")
    context = {
        **admin.site.each_context(request),
        "title": "Freeze an account" if len(able) == 1 else f"Freeze {len(able)} accounts",
        "people": able,
        "others": [user for user in chosen if user not in able],
        "form": form or FreezeForm(),
    }
    return TemplateResponse(request, "admin/freeze.html", context, status=400 if form else 200)


@require_POST
def freeze_people(request: HttpRequest) -> HttpResponse:
    """Freeze the accounts of the form; without a reason, ask for it."""
    people = _people(request)
    if "reason" not in request.POST:
        return ask_for_reason(request, people)
    form = FreezeForm(request.POST)
    if not form.is_valid():
        return ask_for_reason(request, people, form)
    by = _staff(request)
    frozen = ended = 0
    for user in people:
        if not may_freeze(by, user):
            raise PermissionDenied
        if freeze(user, reason=form.cleaned_data["reason"], by=by):
            frozen += 1
        # Also if it was frozen before: the runs may have outlived that request.
        ended += orders.close_runs(user)
    runs = f" {_count(ended, 'run')} ended." if ended else ""
    messages.success(request, f"{_count(frozen, 'account')} frozen.{runs}")
    return _back(people)


@require_POST
def unfreeze_people(request: HttpRequest) -> HttpResponse:
    """Unfreeze the accounts of the form."""
    by, people = _staff(request), _people(request)
    if not all(may_unfreeze(by, user) for user in people):
        raise PermissionDenied
    count = sum(unfreeze(user, by=by) for user in people)
    messages.success(request, f"{_count(count, 'account')} unfrozen.")
    return _back(people)


def _people(request: HttpRequest) -> list[User]:
    keys = [
        key
        for key in request.POST.getlist("people")[:MOST]
        if key.isdecimal() and len(key) < KEY_DIGITS
    ]
    return list(User.objects.filter(pk__in=keys).order_by("username"))


def _staff(request: HttpRequest) -> User:
    if not request.user.has_perm("submissions.freeze_account"):
        raise PermissionDenied
    assert isinstance(request.user, User)  # noqa: S101 - the admin requires a login
    return request.user


def _back(people: list[User]) -> HttpResponse:
    if len(people) == 1:
        return redirect("admin:person", people[0].pk)
    return redirect("admin:auth_user_changelist")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
