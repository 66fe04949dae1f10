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

GROUP = "run"


def _user_key(group: str, request: Request) -> str:
    return str(request.user.pk)


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
