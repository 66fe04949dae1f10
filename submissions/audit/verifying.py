"""Verify the chain within a bounded time, at most once in half a minute, and keep the result."""

from time import monotonic, time

from django.contrib.auth.models import User

from ..quotas import counting
from .models import AuditEntry, Verification
from .verification import OutOfTime, Problem, verify

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
    begun = monotonic()
    try:
        first = next(verify(until=begun + seconds), None)
    except OutOfTime as error:
        return record(by, begun, None, error.reached)
    return record(by, begun, first, None)


def last_verification() -> Verification | None:
    """Return the latest result; None if there is none."""
    return Verification.objects.select_related("by").first()


def record(
    by: User | None, begun: float, first: Problem | None, reached: int | None
) -> Verification:
    """Store a result. `begun` is a time of `monotonic`, `reached` an entry, or None for the last one."""
    head = AuditEntry.objects.first()
    made = Verification.objects.create(
        by=by,
        seconds=monotonic() - begun,
        reached=reached if reached is not None else (head.sequence if head else 0),
        is_complete=reached is None,
        broken_at=first.sequence if first else None,
        problem=first.what[:PROBLEM_CHARACTERS] if first else "",
    )
    Verification.objects.filter(pk__lte=made.pk - KEPT).delete()
    return made
