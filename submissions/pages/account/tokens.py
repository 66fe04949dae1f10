"""A user's API tokens."""

from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ...accounts.models import ApiToken
from ...lifecycle.intake import lock_account
from ..forms import TokenForm

TOKENS_PER_USER = 20


@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator] # allauth has no types
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the user's tokens and a form for a new one, whose secret is shown only once.

    A token outlives the session, so making one needs the password again, as deleting the account does.
    """
    assert isinstance(request.user, User)  # noqa: S101 - login_required; for the type checker
    own = ApiToken.objects.filter(user=request.user)
    form = TokenForm(request.POST or None)
    secret = None
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            lock_account(request.user)  # none is made beside another, or beside the revoking of all
            is_room = own.exclude(expiry__lt=timezone.now()).count() < TOKENS_PER_USER
            if is_room:
                _, secret = ApiToken.objects.create(
                    user=request.user,
                    name=form.cleaned_data["name"],
                    expiry=timedelta(days=form.cleaned_data["days"]),
                )
        if is_room:
            form = TokenForm()
        else:
            form.add_error(None, f"You have {TOKENS_PER_USER} tokens. Revoke one first.")
    context = {
        "tab": "tokens",
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
    """Delete a token of the user."""
    token = get_object_or_404(ApiToken, user=request.user, token_key=token_key)
    token.delete()
    messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("tokens")
