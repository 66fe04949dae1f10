"""The start, the API tokens, and what becomes of a user's data."""

from datetime import datetime, timedelta

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from executor import LANGUAGES, default_limits

from ..api.errors import TooManyRuns
from ..audit.erasure import delete_account as close_account
from ..lifecycle import storage
from ..lifecycle.models import ApiToken, Submission
from ..webhooks.models import Delivery
from ..webhooks.signing import make_secret, secret_of
from .forms import DeletionForm, TokenForm

TOKENS_PER_USER = 20
DELIVERIES_SHOWN = 25
HELD = {"days": settings.AUDIT_HOLD_DAYS, "longest": settings.AUDIT_HOLD_INCIDENT_DAYS}
"""How long a deleted account's content is kept, for the pages that announce it."""


def home(request: HttpRequest) -> HttpResponse:
    context = {
        "languages": LANGUAGES.values(),
        "limits": default_limits(),
        "run_url": request.build_absolute_uri("/run"),
    }
    return render(request, "submissions/home.html", context)


@login_required
@reauthentication_required(allow_get=True)
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """The user's tokens, and a form for another, whose secret is shown this once. A token outlasts the
    session, so the form asks for the password again, as what deletes the account does."""
    own = ApiToken.objects.filter(user=request.user)
    form = TokenForm(request.POST or None)
    secret = None
    if request.method == "POST" and form.is_valid():
        if own.count() >= TOKENS_PER_USER:
            form.add_error(None, f"You have {TOKENS_PER_USER} tokens. Revoke one first.")
        else:
            _, secret = ApiToken.objects.create(
                user=request.user,
                name=form.cleaned_data["name"],
                expiry=timedelta(days=form.cleaned_data["days"]),
            )
            form = TokenForm()
    context = {
        "form": form,
        "secret": secret,
        "tokens": own.all(),
        "run_url": request.build_absolute_uri("/run"),
        "longest": settings.TOKEN_DAYS,
    }
    return render(request, "submissions/tokens.html", context)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_key: str) -> HttpResponse:
    token = get_object_or_404(ApiToken, user=request.user, token_key=token_key)
    token.delete()
    messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("tokens")


@login_required
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """How the last deliveries went, and a button for a new secret, which is shown this once."""
    secret = make_secret(request.user) if request.method == "POST" else None
    context = {
        "secret": secret,
        "known": secret_of(request.user),
        "deliveries": Delivery.objects.visible_to(request.user)[:DELIVERIES_SHOWN],
    }
    return render(request, "submissions/webhooks.html", context)


@login_required
@never_cache
def account_data(request: HttpRequest) -> HttpResponse:
    """What is kept of a user, the way to have it as a file, and the way to have it erased."""
    context = {
        "count": Submission.objects.visible_to(request.user).count(),
        "kept": storage.kept_of(request.user),
        "held": HELD,
    }
    return render(request, "submissions/account_data.html", context)


@reauthentication_required
@never_cache
def delete_account(request: HttpRequest) -> HttpResponse:
    """Asks for the name once more, then closes the account (erasure.py) and logs out."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    form = DeletionForm(request.POST or None, username=request.user.get_username())
    if request.method == "POST" and form.is_valid():
        try:
            until = close_account(request.user)
        except TooManyRuns as error:
            form.add_error(None, str(error.detail))
        else:
            logout(request)
            messages.success(request, _farewell(until))
            return redirect("home")
    return render(request, "submissions/delete_account.html", {"form": form, "held": HELD})


def _farewell(until: datetime | None) -> str:
    closed = "Your account is deleted"
    if until is None or until <= timezone.now():
        return f"{closed}, and what you wrote is erased."
    return (
        f"{closed}, and nobody sees what you wrote. It is erased on {until:%Y-%m-%d} at the latest."
    )
