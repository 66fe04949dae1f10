"""The audit's chain: whether a record was changed, removed or slipped in can be shown.

Each entry holds the hash of the one before it, and a keyed hash (HMAC) of itself, so that who can write
to the database but does not know AUDIT_KEY can neither change an entry nor make a chain of their own. A
submission is sealed behind its response, by one writer, in the order in which submissions finished; in
the AUDIT_SEAL_SECONDS or so until then, it is not protected. Who cuts off the chain's end, and removes
what those entries tell of, is found out by whoever has noted a later head: it is in the log, too.

What is sealed is written here; verification.py reads it.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..lifecycle.models import Submission
from .facts import FACTS, VERSION, WRITTEN_OF, digest_of, keyed
from .models import Action, AuditEntry
from .queries import unsealed

logger = logging.getLogger(__name__)

BATCH = 100
"""Entries in one transaction: some milliseconds of writing, between those of the requests."""
ATTEMPTS = 5
"""Against another writer: the sequence is unique, so exactly one of them wins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What an entry is to say."""

    action: Action
    data: dict[str, Any]
    submission: UUID | None = None
    digest: str = ""


def append(action: Action, data: dict[str, Any]) -> None:
    append_found(lambda: [Draft(action=action, data=data)])


def seal() -> int:
    """Seal every finished submission that is marked as not sealed; return how many were sealed.

    No clock and no age decides which: what ended late, or by another process's hand, is found like any
    other. Another process may do the same at the same time: each submission is sealed once.
    """
    count = 0
    pending = Submission.objects.seal_pending().order_by("finished", "pk")
    while keys := list(pending.values_list("pk", flat=True)[:BATCH]):
        count += _seal(keys)
    return count


def mark_forgotten() -> int:
    """Mark again what is marked as sealed and is not; return how many. A look at every row: for the
    start, when rows may be there from before there were marks, and now and then."""
    forgotten = unsealed(Submission.objects.filter(seal_pending=False))
    keys = list(forgotten.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        _mark(keys[start : start + BATCH], seal_pending=True)
    return len(keys)


def _seal(keys: list[UUID]) -> int:
    known = sealed_among(keys)
    found = Submission.objects.in_bulk([key for key in keys if key not in known])
    seals = {key: _seal_of(found[key]) for key in keys if key in found}

    def unsealed() -> list[Draft]:
        sealed = sealed_among(seals)
        return [seal for key, seal in seals.items() if key not in sealed]

    count = append_found(unsealed)
    # If the process dies here, the marks are taken off in the next round.
    _mark(keys, seal_pending=False)
    return count


def _mark(keys: list[UUID], *, seal_pending: bool) -> None:
    Submission.written.filter(pk__in=keys).update(seal_pending=seal_pending)


def sealed_among(keys: Iterable[UUID]) -> set[UUID]:
    """Those of these submissions that have a seal."""
    seals = AuditEntry.objects.filter(submission__in=keys)
    return {key for key in seals.values_list("submission", flat=True) if key}


def _seal_of(submission: Submission) -> Draft:
    # A row that was slipped in without an end is not to keep others from being sealed.
    finished = submission.finished or submission.created
    return Draft(
        action=Action.FINISHED,
        data={
            "version": VERSION,
            "finished": finished.isoformat(),
            "written": digest_of(submission, WRITTEN_OF[VERSION]),
        },
        submission=submission.pk,
        digest=digest_of(submission, FACTS),
    )


def version_of(entry: AuditEntry) -> int:
    return int(entry.data.get("version", 1))


def append_found(find: Callable[[], list[Draft]]) -> int:
    """Append what `find` returns; return how many entries that is.

    `find` looks at the chain, and at what it is about, in the transaction that appends and after the
    head was read. If another process has appended since, its entry has the number that this one would
    take, and `find` looks again: nothing is appended on the ground of what is no longer so.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                last = AuditEntry.objects.first()
                drafts = find()
                if not drafts:
                    return 0
                head = _link(last, drafts)
        except IntegrityError:  # another writer was quicker
            if attempt == ATTEMPTS:
                raise
        else:
            logger.info("the audit's head is %d:%s", head.sequence, head.hash)
            return len(drafts)
    return 0


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
    names = ("sequence", "created", "action", "submission", "digest", "data", "previous")
    return keyed({name: getattr(entry, name) for name in names})
