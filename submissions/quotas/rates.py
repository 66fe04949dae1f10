"""How often a user may submit: one bucket a user, whichever door. django-ratelimit counts.

What the client says of its address plays no part.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django_ratelimit.core import get_usage

GROUP = "run"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """A user's bucket, after counting."""

    limit: int
    """Submissions in a window of time."""
    used: int
    """Submissions counted in this window, refused ones included."""
    reset_seconds: int
    """Until the next window, at least 1."""
    is_exceeded: bool

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


def count(user: User) -> Rate:
    """Count one submission. It counts even if it is refused."""
    # The function takes a request, and hands it to `key` only.
    usage: dict[str, Any] = get_usage(
        user, group=GROUP, key=_user_key, rate=settings.RUN_RATE, increment=True
    )
    return Rate(
        limit=usage["limit"],
        used=usage["count"],
        # It counts to the window's last second, in which a hit still counts against the full window. It
        # is -1 where nothing could be counted at all.
        reset_seconds=max(1, usage["time_left"] + 1),
        is_exceeded=usage["should_limit"],
    )


def _user_key(group: str, user: User) -> str:
    return str(user.pk)
