"""Verify the chain within a bounded time, at most once in half a minute, and keep the result."""

from time import monotonic, time

from django.contrib.auth.models import User

from ..quotas import counting
from .models import Verification
from .verification import OutOfTime, Problem, Progress, verify

SECONDS = 20.0
"""The time for one verification in a page: below the 30 or 60 seconds of usual proxies."""
EVERY_SECONDS = 30.0
"""The shortest time between the beginnings of two verifications, in all processes together."""
KEPT = 100
"""Results that are kept; the chain's heads are in the log."""
PROBLEM_CHARACTERS = 300


class TooSoon(Exception):
    """Another verification has begun a moment ago; the next may begin in `wait` seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait = wait


def verify_now(by: User | None, *, seconds: float = SECONDS) -> Verification:
    """Verify the chain and store the result. Raises TooSoon if another one has just begun."""
    if wait := counting.seconds_until_turn("verification", time(), every=EVERY_SECONDS):
        raise TooSoon(wait)
    begun, progress = monotonic(), Progress()
    try:
        first = next(verify(until=begun + seconds, progress=progress), None)
    except OutOfTime:
        return record(by, begun, progress, None, is_complete=False)
    return record(by, begun, progress, first, is_complete=first is None)


def last_verification() -> Verification | None:
    """Return the latest result; None if there is none."""
    return Verification.objects.select_related("by").first()


def record(
    by: User | None,
    begun: float,
    progress: Progress,
    first: Problem | None,
    *,
    is_complete: bool,
) -> Verification:
    """Store a result. `begun` is a time of `monotonic`."""
    made = Verification.objects.create(
        by=by,
        seconds=monotonic() - begun,
        reached=progress.reached,
        is_complete=is_complete,
        broken_at=first.sequence if first else None,
        problem=first.what[:PROBLEM_CHARACTERS] if first else "",
    )
    Verification.objects.filter(pk__lte=made.pk - KEPT).delete()
    return made
