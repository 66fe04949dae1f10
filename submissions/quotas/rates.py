"""How often a user may submit: django-ratelimit decides, DRF asks, the headers tell.

One bucket a user, whatever the way in; what the client says of its address plays no part.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

GROUP = "run"


def _user_key(group: str, request: Request) -> str:
    return str(request.user.pk)


class RunThrottle(BaseThrottle):
    """RUN_RATE submissions per user in a window of time; each POST counts, whatever comes of it."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method != "POST":
            return True
        usage = self._usage = _count(request)
        request._request.run_usage = usage  # type: ignore[attr-defined]
        return not usage["should_limit"]

    def wait(self) -> float:
        return float(self._usage["time_left"])


def check(request: HttpRequest) -> None:
    """The same for a page: counts a submission. Raises Throttled."""
    usage = _count(request)
    if usage["should_limit"]:
        raise Throttled(usage["time_left"])


@contextmanager
def taken(request: Request, more: int) -> Iterator[None]:
    """A transaction that counts `more` submissions of a POST that has been counted once: all of them or,
    if they do not fit or the block fails, none. Raises Throttled."""
    usage = request._request.run_usage  # type: ignore[attr-defined]
    with transaction.atomic():  # who counts at the same time waits for its end
        for _ in range(more):
            usage = _count(request)
            if usage["should_limit"]:
                detail = f"Not that many submissions are left of {usage['limit']}."
                raise Throttled(usage["time_left"], detail=detail)
        yield
    request._request.run_usage = usage  # type: ignore[attr-defined]


def _count(request: Any) -> dict[str, Any]:
    usage: dict[str, Any] = get_usage(
        request, group=GROUP, key=_user_key, rate=settings.RUN_RATE, increment=True
    )
    # It counts to the window's last second, in which a hit still counts against the full window. It is -1
    # where nothing could be counted at all.
    usage["time_left"] = max(1, usage["time_left"] + 1)
    return usage


def add_headers(request: Any, response: Response) -> None:
    """RateLimit-* as in draft-polli-ratelimit-headers: submissions, and seconds to the next window."""
    usage = getattr(request, "run_usage", None)
    if usage is None:
        return
    response["RateLimit-Limit"] = str(usage["limit"])
    response["RateLimit-Remaining"] = str(max(0, usage["limit"] - usage["count"]))
    response["RateLimit-Reset"] = str(usage["time_left"])
