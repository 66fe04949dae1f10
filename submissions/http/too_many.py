"""Answers to too many attempts: how long to wait, and a link back."""

from collections.abc import Callable

from allauth.account import app_settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from ..accounts.attempts import Rate, TooManyAttempts
from ..telemetry import counters
from .answers import is_for_programs, refusal
from .codes import Code
from .refusals import shortly

BACK_CHARACTERS = 2000
"""The longest address that the page repeats as a link: an error stays short."""
# allauth limits these itself and does not report which of its rates was hit.
ALLAUTH_ACTIONS = {
    "account_change_password": "change_password",
    "account_set_password": "change_password",
    "account_email": "manage_email",
    "account_reset_password": "reset_password",
    "account_reset_password_from_key": "reset_password_from_key",
}


class TooMany:
    """Middleware that answers TooManyAttempts from any view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return too_many(request, error.wait) if isinstance(error, TooManyAttempts) else None


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """Answer 429 in JSON or as a page, with the seconds to wait."""
    counters.refused(Code.TOO_MANY_ATTEMPTS.value)
    response: HttpResponse
    if is_for_programs(request):
        response = refusal(Code.TOO_MANY_ATTEMPTS, wait_sentence(wait))
    else:
        back = request.get_full_path()
        if len(back) > BACK_CHARACTERS:
            back = request.path
        context = {"wait": shortly(wait), "back": back}
        response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(wait)
    return response


def too_many_for_allauth(request: HttpRequest) -> HttpResponse:
    """Answer for allauth's own limits (handler429).

    The time to wait is a whole window, since allauth does not report how much of it has passed.
    """
    rates: dict[str, str | None] = app_settings.RATE_LIMITS
    name = request.resolver_match.url_name if request.resolver_match else None
    action = ALLAUTH_ACTIONS.get(name or "")
    texts = [rates[action]] if action else list(rates.values())
    # Each is <number>/<time>/<per what>, several with commas between them.
    parts = [part.strip() for text in texts if text for part in text.split(",")]
    windows = [Rate.of("/".join(part.split("/")[:2])).seconds for part in parts]
    return too_many(request, max(windows, default=1))


def wait_sentence(wait: int) -> str:
    return f"Too many attempts. Try again in {shortly(wait)}."
