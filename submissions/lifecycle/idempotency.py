"""Idempotency-Key: a request that is repeated under its key makes nothing new.

The key's row is stored in the same transaction as what the request made, and the database lets each
key of a user in once. So of parallel requests, in whichever processes, one makes something and the
others find it; and a request that was refused, or whose process died before it had stored anything,
leaves the key free.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils import timezone

from executor import Busy, Closed

from .errors import KeyReused, Refused, SandboxUnavailable
from .models import Batch, IdempotencyKey, Status, Submission, Verdict

KNOWN = timedelta(days=1)
"""How long a key is remembered."""

T = TypeVar("T")


class KeyTaken(Exception):
    """Another request stored it in the meantime."""


@dataclass(frozen=True, slots=True)
class Once:
    """A request that carries a key."""

    key: str
    digest: str
    """Keyed, so that the database does not tell what was in a request that might be guessed."""


def remember(
    once: Once, user: User, *, submission: Submission | None = None, batch: Batch | None = None
) -> None:
    """To be called in the transaction that stores what the request made. Raises KeyTaken."""
    own = IdempotencyKey.objects.filter(user=user)
    own.filter(created__lt=timezone.now() - KNOWN).delete()
    try:
        IdempotencyKey.objects.create(
            user=user, key=once.key, digest=once.digest, submission=submission, batch=batch
        )
    except IntegrityError as error:
        raise KeyTaken from error


def find(once: Once | None, user: User) -> IdempotencyKey | None:
    """What the key's first request made. Raises KeyReused if that was another request."""
    if once is None:
        return None
    known = IdempotencyKey.objects.filter(
        user=user, key=once.key, created__gte=timezone.now() - KNOWN
    )
    found = known.select_related("submission", "batch").first()
    if found and found.digest != once.digest:
        raise KeyReused
    return found


def first(
    once: Once | None, user: User, make: Callable[[], T], made: Callable[[IdempotencyKey], T]
) -> tuple[T, bool]:
    """What `make` makes, which remembers the key; or what the key's first request `made`. And whether
    it is that."""
    if found := find(once, user):
        return made(found), True
    try:
        return make(), False
    except SandboxUnavailable:
        if once:
            _free_failed(once, user)
        raise
    except (KeyTaken, Busy, Closed, Refused):
        if found := find(once, user):  # came in between, and may have taken the last place
            return made(found), True
        raise


def _free_failed(once: Once, user: User) -> None:
    """The answer says to try again, and that is to be more than a replay of this failure. A run that is
    still under way keeps its key."""
    failed = {"submission__status": Status.FINISHED, "submission__verdict": Verdict.INTERNAL_ERROR}
    IdempotencyKey.objects.filter(user=user, key=once.key, **failed).delete()
