"""The rate limit on submissions: one bucket for each user, shared by API and pages.

django-ratelimit decides key, window and rate; cache.py counts. The client's address plays no part.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django_ratelimit.core import get_usage

from .cache import hits

RUNS, INPUT = "run", "input"
WINDOWS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """A user's bucket after a count."""

    limit: int
    """Submissions allowed in a window of time."""
    used: int
    """Submissions counted in this window, refused ones included."""
    reset_seconds: int
    """Seconds until the next window, at least 1."""
    is_exceeded: bool

    @property
    def sentence(self) -> str:
        """The reason of a refusal."""
        return f"You've used your {self.limit} run{'' if self.limit == 1 else 's'} {_window()}."

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


def count(user: User, submissions: int = 1) -> Rate:
    """Count submissions. They count even if they are refused."""
    return _count(user, RUNS, settings.RUN_RATE, submissions)


def count_input(user: User) -> Rate:
    """Count a message to an interactive run, also if it is refused."""
    return _count(user, INPUT, settings.INPUT_RATE, 1)


def _count(user: User, group: str, rate: str, number: int) -> Rate:
    token = hits.set(number)
    try:
        # get_usage expects a request, but only passes it to `key`: a user will do.
        usage: dict[str, Any] = get_usage(
            user, group=group, key=_user_key, rate=rate, increment=True
        )
    finally:
        hits.reset(token)
    return Rate(
        limit=usage["limit"],
        used=usage["count"],
        # time_left ends at the window's last second, in which a hit still counts against the full window;
        # it is below 0 if the window has ended since the hit was counted.
        reset_seconds=max(1, usage["time_left"] + 1),
        is_exceeded=usage["should_limit"],
    )


def _window() -> str:
    """Name the window of RUN_RATE: "this minute" for 60/m, "in 30 s" for 10/30s."""
    period = settings.RUN_RATE.split("/")[1]
    number, unit = period[:-1], WINDOWS[period[-1]]
    return f"in {number} {unit}s" if number not in {"", "1"} else f"this {unit}"


def _user_key(group: str, user: User) -> str:
    return str(user.pk)
