"""The page of a user's webhooks."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from ...webhooks.models import Delivery
from ...webhooks.signing import make_secret, secret_of

DELIVERIES_SHOWN = 25


@login_required
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """Show the last deliveries, and a button for a new secret, which is shown only once."""
    secret = make_secret(request.user) if request.method == "POST" else None
    context = {
        "secret": secret,
        "known": secret_of(request.user),
        "deliveries": Delivery.objects.visible_to(request.user)[:DELIVERIES_SHOWN],
    }
    return render(request, "submissions/webhooks.html", context)
