"""Idempotency keys: a request that is repeated under its key makes nothing new.

The row of a key is stored in the same transaction as what the request made, and is unique for its user.
So one of several parallel requests, in any processes, makes something, and the others find it. A request
that is refused, or whose process dies before it has stored anything, leaves the key free.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, models
from django.utils import timezone

from executor import Busy, Closed

from .errors import KeyReused, Refused, SandboxUnavailable
from .models import Batch, Status, Submission, Verdict

KEY_LIFETIME = timedelta(days=1)

T = TypeVar("T")


class IdempotencyKey(models.Model):
    """A client's name for a request, stored in one transaction with what the request made."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="Keyed, of the request.")
    submission = models.OneToOneField(
        "submissions.Submission", on_delete=models.CASCADE, null=True, related_name="+"
    )
    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "key"), name="idempotency_key_once"),
        )

    def __str__(self) -> str:
        return f"key of {self.created:%Y-%m-%d %H:%M:%S}"


class KeyTaken(Exception):
    """The refusal of a key that another request has stored in the meantime."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The idempotency key of a request."""

    key: str
    digest: str
    """Of the request, keyed: nobody who reads the database can check a guess of its content."""


def remember(
    key: RequestKey, user: User, *, submission: Submission | None = None, batch: Batch | None = None
) -> None:
    """Store a key with what its request made; call this in the same transaction. Raises KeyTaken."""
    same = IdempotencyKey.objects.filter(user=user, key=key.key)
    same.filter(created__lt=timezone.now() - KEY_LIFETIME).delete()  # retention removes the others
    try:
        IdempotencyKey.objects.create(
            user=user, key=key.key, digest=key.digest, submission=submission, batch=batch
        )
    except IntegrityError as error:
        raise KeyTaken from error


def find(key: RequestKey | None, user: User) -> IdempotencyKey | None:
    """Return the stored key of an earlier request. Raises KeyReused if that request was another one."""
    if key is None:
        return None
    known = IdempotencyKey.objects.filter(
        user=user, key=key.key, created__gte=timezone.now() - KEY_LIFETIME
    )
    found = known.select_related("submission", "batch").first()
    if found and found.digest != key.digest:
        raise KeyReused
    return found


def make_once(
    key: RequestKey | None, user: User, make: Callable[[], T], made: Callable[[IdempotencyKey], T]
) -> tuple[T, bool]:
    """Return what an earlier request with this key `made`, and True; else what `make` makes, and False.

    `make` calls `remember`.
    """
    if found := find(key, user):
        return made(found), True
    try:
        return make(), False
    except SandboxUnavailable:
        if key:
            _free_failed(key, user)
        raise
    except (KeyTaken, Busy, Closed, Refused):
        if found := find(key, user):  # it came in between, and may have taken the last place
            return made(found), True
        raise


def _free_failed(key: RequestKey, user: User) -> None:
    """Forget the key of a run that failed on our side, so that a retry runs it and replays no failure.

    A run that is still under way keeps its key.
    """
    failed = {"submission__status": Status.FINISHED, "submission__verdict": Verdict.INTERNAL_ERROR}
    IdempotencyKey.objects.filter(user=user, key=key.key, **failed).delete()
