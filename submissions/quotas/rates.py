"""The rate limit on submissions: one bucket for each user, shared by API and pages.

The client's address plays no part. A window of time has a fixed length, and ends at another moment for
each user, so that not all come back at once.
"""

import time
from dataclasses import dataclass
from zlib import crc32

from django.conf import settings
from django.contrib.auth.models import User

from . import counting

WINDOWS = {"s": ("second", 1), "m": ("minute", 60), "h": ("hour", 3600), "d": ("day", 86_400)}
KEPT_SECONDS = 60
"""How long a counter outlives its window, since the clocks of machines differ."""


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
    most, _, period = settings.RUN_RATE.partition("/")
    seconds = int(period[:-1] or 1) * WINDOWS[period[-1]][1]
    now = int(time.time())
    left = (crc32(str(user.pk).encode()) - now) % seconds  # 0 in the window's last second
    end = now + left
    key = f"run:{user.pk}:{settings.RUN_RATE}:{end}"
    used = counting.add(key, submissions, expires=end + KEPT_SECONDS)
    return Rate(limit=int(most), used=used, reset_seconds=left + 1, is_exceeded=used > int(most))


def _window() -> str:
    """Name the window of RUN_RATE: "this minute" for 60/m, "in 30 s" for 10/30s."""
    period = settings.RUN_RATE.split("/")[1]
    number, (unit, _) = period[:-1], WINDOWS[period[-1]]
    return f"in {number} {unit}s" if number not in {"", "1"} else f"this {unit}"
