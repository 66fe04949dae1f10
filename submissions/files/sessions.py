"""Sessions of runs: one row for each, with what its last run has left. lifecycle/sessions.py makes them.

A session is a label of its user: nobody else's request finds it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from ..periodic import let_others_write
from .models import RunSession

BATCH = 10
"""Sessions, of up to eight megabytes, that are removed in one transaction: requests write in between."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """The state that a run gets."""

    content: bytes = field(default=b"", repr=False)
    sha256: str = ""
    """Empty: there is none yet."""
    version: int = 0
    """How often it was stored."""

    @property
    def size(self) -> int:
        """Bytes of it."""
        return len(self.content)


def current_of(user_id: int) -> QuerySet[RunSession]:
    """Select a user's sessions that have not expired, last used first, without their content."""
    alive = RunSession.objects.filter(user=user_id, expires__gt=timezone.now())
    return alive.defer("content").order_by("-used", "pk")


def bytes_of(user_id: int) -> int:
    """Return the bytes of a user's sessions that have not expired."""
    return int(current_of(user_id).order_by().aggregate(total=Sum("size"))["total"] or 0)


def opened(user_id: int, name: str) -> Opened:
    """Return the state of a session."""
    found = current_of(user_id).filter(name=name).defer(None).first()
    if found is None:
        return Opened()
    return Opened(content=bytes(found.content), sha256=found.sha256, version=found.version)


def replace(
    user_id: int, name: str, before: Opened, content: bytes, *, language: str, left_by: UUID
) -> bool:
    """Store the next state; False if what the run got is not there any more. Call it in a transaction."""
    now = timezone.now()
    values = {
        "content": content,
        "size": len(content),
        "sha256": digest_of(content),
        "left_by_id": left_by,
        "used": now,
        "expires": _expiry(now),
    }
    named = RunSession.objects.filter(user=user_id, name=name)
    if before.version:
        same = named.filter(version=before.version)
        return same.update(**values, version=F("version") + 1) == 1
    named.filter(expires__lte=now).delete()
    if named.exists():
        return False
    RunSession.objects.create(user_id=user_id, name=name, language=language, created=now, **values)
    return True


def digest_of(content: bytes) -> str:
    """Return the digest of a state."""
    return sha256(content).hexdigest()


def touch(user_id: int, name: str, before: Opened) -> bool:
    """Note that a session was used; False if it is not there any more."""
    now = timezone.now()
    same = RunSession.objects.filter(user=user_id, name=name, version=before.version)
    return same.update(used=now, expires=_expiry(now)) == 1


def remove_expired(now: datetime) -> None:
    expired = RunSession.objects.filter(expires__lte=now)
    began = monotonic()
    while keys := list(expired.values_list("pk", flat=True)[:BATCH]):
        expired.filter(pk__in=keys).only("pk").delete()  # one that was used since stays
        began = let_others_write(began)


def compared() -> Iterator[tuple[RunSession, bool]]:
    """Yield each session, and whether it is not as the row of the run describes it that has left it."""
    found = RunSession.objects.exclude(left_by=None).select_related("left_by")
    needed = found.only("content", "left_by__session_end")
    for session in needed.iterator(chunk_size=1):
        sealed = (session.left_by.session_end or {}).get("sha256") if session.left_by else None
        yield session, digest_of(bytes(session.content)) != sealed


def _expiry(now: datetime) -> datetime:
    return now + timedelta(hours=settings.SESSION_HOURS)
