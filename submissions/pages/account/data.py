"""The pages of a user's data: what is kept, and how to delete the account."""

from datetime import datetime

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from ... import orders
from ...audit.accounts.erasure import delete_account as close_account
from ...files import sessions, uploads
from ...http.refusals import sentence_of
from ...lifecycle import storage
from ...lifecycle.errors import TooManyRuns
from ...lifecycle.models import Submission
from ...lists.paging import MOST, count_of
from ..forms import DeletionForm

HELD = {"days": settings.AUDIT_HOLD_DAYS, "longest": settings.AUDIT_HOLD_INCIDENT_DAYS}
"""Days that a deleted account's content is kept, for the pages that announce it."""


@login_required
@never_cache
def account_data(request: HttpRequest) -> HttpResponse:
    """Show what is kept of the user, with links to export it and to delete the account."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    context = {
        "count": count_of(Submission.objects.visible_to(request.user)),
        "most_counted": MOST,
        "uploads": uploads.bytes_of(request.user.pk),
        "sessions": sessions.bytes_of(request.user.pk),
        "kept": storage.kept_of(request.user),
        "held": HELD,
    }
    return render(request, "submissions/account_data.html", context)


@reauthentication_required  # type: ignore[untyped-decorator] # allauth has no types
@never_cache
def delete_account(request: HttpRequest) -> HttpResponse:
    """Ask for the name to confirm, then close the account (audit/accounts/erasure.py) and log out."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    form = DeletionForm(request.POST or None, username=request.user.get_username())
    if request.method == "POST" and form.is_valid():
        try:
            until = close_account(request.user)
        except TooManyRuns as error:
            form.add_error(None, sentence_of(error))
        else:
            orders.close_runs(request.user)
            logout(request)
            messages.success(request, _farewell(until))
            return redirect("home")
    return render(request, "submissions/delete_account.html", {"form": form, "held": HELD})


def _farewell(until: datetime | None) -> str:
    closed = "Your account is deleted"
    if until is None or until <= timezone.now():
        return f"{closed}. Its content is erased now, or within hours if there is very much of it."
    return f"{closed}, and your content is hidden. It is erased on {until:%Y-%m-%d} at the latest."
