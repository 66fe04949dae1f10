"""The audit's chain, which shows whether a record was changed, removed or inserted.

Each entry holds the hash of the previous one, and a keyed hash (HMAC) of itself. So someone who can write
to the database but does not know AUDIT_KEY can neither change an entry nor forge a chain. A submission is
sealed after its response, by one writer, in the order in which submissions finish. Until then, for about
AUDIT_SEAL_SECONDS, it is not protected. If somebody cuts off the end of the chain together with the
records that it seals, a head that was noted before shows it; the log has each head.

This module writes the chain; verification.py checks it.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ..lifecycle.models import Submission
from ..periodic import let_others_write
from .facts import FACTS_OF, VERSION, WRITTEN_OF, digest_of, keyed
from .models import Action, AuditEntry
from .queries import unsealed

logger = logging.getLogger(__name__)

BATCH = 100
"""Entries in one transaction: some milliseconds of writing."""
ATTEMPTS = 5
"""Against other writers: the sequence is unique, so one of them wins each time."""
LOCK = 7_301_968
"""The number of PostgreSQL's advisory lock for the chain's end. No other part of the site has one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """The content of an entry before it has a place in the chain."""

    action: Action
    data: dict[str, Any]
    submission: UUID | None = None
    digest: str = ""


def append(action: Action, data: dict[str, Any]) -> None:
    """Append one entry."""
    append_found(lambda: [Draft(action=action, data=data)])


def seal() -> int:
    """Seal every finished submission that is marked as not sealed; return how many were sealed.

    The mark alone decides, and no clock, so submissions that other processes have finished, or finished
    late, are found too. Several processes may seal at the same time: each submission is sealed once.
    """
    count = 0
    pending = Submission.objects.seal_pending().order_by("finished", "pk")
    began = monotonic()
    while keys := list(pending.values_list("pk", flat=True)[:BATCH]):
        count += _seal(keys)
        if len(keys) == BATCH:
            began = let_others_write(began)
    return count


def mark_forgotten() -> int:
    """Mark submissions that are marked as sealed but are not; return how many.

    This reads every row. It runs at the start, since rows may be older than the marks, then once an hour.
    """
    forgotten = unsealed(Submission.objects.filter(seal_pending=False))
    keys = list(forgotten.values_list("pk", flat=True))
    began = monotonic()
    for start in range(0, len(keys), BATCH):
        _mark(keys[start : start + BATCH], seal_pending=True)
        began = let_others_write(began)
    return len(keys)


def _seal(keys: list[UUID]) -> int:
    known = sealed_among(keys)
    found = Submission.objects.in_bulk([key for key in keys if key not in known])
    seals = {key: _seal_of(found[key]) for key in keys if key in found}

    def unsealed() -> list[Draft]:
        sealed = sealed_among(seals)
        return [seal for key, seal in seals.items() if key not in sealed]

    count = append_found(unsealed)
    # If the process dies here, the next round removes the marks.
    _mark(keys, seal_pending=False)
    return count


def _mark(keys: list[UUID], *, seal_pending: bool) -> None:
    Submission.written.filter(pk__in=keys).update(seal_pending=seal_pending)


def sealed_among(keys: Iterable[UUID]) -> set[UUID]:
    """Return those of these submissions that have a seal."""
    seals = AuditEntry.objects.filter(submission__in=keys)
    return {key for key in seals.values_list("submission", flat=True) if key}


def _seal_of(submission: Submission) -> Draft:
    # A row that somebody has inserted without an end must not stop the sealing of others.
    finished = submission.finished or submission.created
    return Draft(
        action=Action.FINISHED,
        data={
            "version": VERSION,
            "finished": finished.isoformat(),
            "written": digest_of(submission, WRITTEN_OF[VERSION]),
        },
        submission=submission.pk,
        digest=digest_of(submission, FACTS_OF[VERSION]),
    )


def version_of(entry: AuditEntry) -> int:
    """Return the version of an entry's data; the first had no number."""
    return int(entry.data.get("version", 1))


def append_found(find: Callable[[], list[Draft]]) -> int:
    """Append what `find` returns; return how many entries that is.

    `find` reads the chain and the records in the transaction that appends, after the head was read. If
    another process has appended since then, the number is taken and `find` is called again. So no entry
    rests on outdated records.

    Until the end of the transaction nobody else appends. So append last in one that does more.
    """
    attempts_left = ATTEMPTS
    while True:
        try:
            with transaction.atomic():
                _wait_for_others()
                last = AuditEntry.objects.first()
                drafts = find()
                if not drafts:
                    return 0
                head = _link(last, drafts)
        except IntegrityError:  # another writer was quicker
            attempts_left -= 1
            if not attempts_left:
                raise
        else:
            logger.info("the audit's head is %d:%s", head.sequence, head.hash)
            return len(drafts)


def _wait_for_others() -> None:
    """Wait until no other transaction appends. SQLite has one writer at a time by itself. On PostgreSQL
    all who come at once would read the same head, and only one would get its number."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _link(last: AuditEntry | None, drafts: list[Draft]) -> AuditEntry:
    entries = []
    for draft in drafts:
        last = AuditEntry(
            sequence=last.sequence + 1 if last else 1,
            created=timezone.now(),
            action=draft.action,
            submission=draft.submission,
            digest=draft.digest,
            data=draft.data,
            previous=last.hash if last else "",
        )
        last.hash = hash_of(last)
        entries.append(last)
    AuditEntry.written.bulk_create(entries)
    return entries[-1]


def hash_of(entry: AuditEntry) -> str:
    """Return the keyed hash of all of an entry, except the hash itself."""
    names = ("sequence", "created", "action", "submission", "digest", "data", "previous")
    return keyed({name: getattr(entry, name) for name in names})
