"""The audit's chain: whether a record was changed, removed or slipped in can be shown.

Each entry holds the hash of the one before it, and a keyed hash (HMAC) of itself, so that who can write
to the database but does not know AUDIT_KEY can neither change an entry nor make a chain of their own. A
submission is sealed behind its response, by one writer, in the order in which submissions finished; in
the AUDIT_SEAL_SECONDS or so until then, it is not protected. Who cuts off the chain's end, and removes
what those entries tell of, is found out by whoever has noted a later head: it is in the log, too.
"""

import hmac
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from executor import in_force

from .models import Action, AuditEntry, Submission

logger = logging.getLogger(__name__)

BATCH = 100
"""Entries in one transaction: some milliseconds of writing, between those of the requests."""
ATTEMPTS = 5
"""Against another writer: the sequence is unique, so exactly one of them wins."""
OVERDUE = timedelta(minutes=5)
"""What is not sealed by then was forgotten or hidden."""

FACTS = (
    "id",
    "user_id",
    "language",
    "read_only",
    "limits",
    "status",
    "verdict",
    "exit_code",
    "signal",
    "truncated",
    "evidence",
    "wall_ms",
    "cpu_ms",
    "memory_peak_bytes",
    "experiment",
    "ablation",
    "outcome",
    "finding",
    "image",
    "sandbox",
    "warm",
    "worker",
    "created",
    "started",
    "finished",
    "via",
)
WRITTEN: dict[str, Any] = {
    "code": "",
    "stdin": "",
    "args": [],
    "stdout": "",
    "stderr": "",
    "error": "",
    "client_address": None,
    "user_agent": "",
    "token_key": "",
}
"""What a person wrote, or what tells who they are, has a digest of its own, apart from the facts: so what
stays can still be checked where that has had to go (the values are those that it then has).

Never to be changed: what was sealed was sealed with these. A field that is added later needs entries of
another kind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What an entry is to say."""

    action: Action
    data: dict[str, Any]
    submission: UUID | None = None
    digest: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A link that does not hold."""

    sequence: int
    what: str


def digest_of(submission: Submission, names: Iterable[str]) -> str:
    """Of a submission as it was read from the database: of its FACTS, or of what was WRITTEN. Keyed, so
    that nobody finds out what was written by trying what it might have been."""
    return _keyed({name: getattr(submission, name) for name in names})


def append(action: Action, data: dict[str, Any]) -> None:
    _append([Draft(action=action, data=data)])


def seal(since: datetime | None = None) -> int:
    """Seals what has finished, what was created after `since` only if that is said; returns how many.

    Another process may be at the same: each submission is sealed once.
    """
    unsealed = Submission.objects.unsealed().order_by("finished", "pk")
    if since is not None:
        unsealed = unsealed.filter(created__gte=since)
    keys = list(unsealed.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        found = Submission.objects.in_bulk(batch)
        _append([_seal_of(found[key]) for key in batch if key in found])
    return len(keys)


def _seal_of(submission: Submission) -> Draft:
    # A row that was slipped in without an end is not to keep others from being sealed.
    finished = submission.finished or submission.created
    return Draft(
        action=Action.FINISHED,
        data={"finished": finished.isoformat(), "written": digest_of(submission, WRITTEN)},
        submission=submission.pk,
        digest=digest_of(submission, FACTS),
    )


def _append(drafts: list[Draft]) -> None:
    if not drafts:
        return
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                head = _link(AuditEntry.objects.first(), drafts)
        except IntegrityError:  # another writer was quicker
            if attempt == ATTEMPTS:
                raise
            sealed = AuditEntry.objects.filter(submission__in=[one.submission for one in drafts])
            known = set(sealed.values_list("submission", flat=True))
            drafts = [
                one for one in drafts if one.submission is None or one.submission not in known
            ]
            if not drafts:
                return
        else:
            logger.info("the audit's head is %d:%s", head.sequence, head.hash)
            return


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
    AuditEntry.objects.bulk_create(entries)
    return entries[-1]


def hash_of(entry: AuditEntry) -> str:
    names = ("sequence", "created", "action", "submission", "digest", "data", "previous")
    return _keyed({name: getattr(entry, name) for name in names})


def _keyed(values: dict[str, Any]) -> str:
    """The same for the same values, whichever database they come from."""
    plain = json.dumps(values, sort_keys=True, separators=(",", ":"), default=_plain)
    return hmac.new(settings.AUDIT_KEY.encode(), plain.encode(), "sha256").hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def record_settings() -> bool:
    """Notes how code is run here, if that has changed since the last note. There is no secret in it."""
    values = json.loads(
        json.dumps({**in_force(), **{name: getattr(settings, name) for name in NOTED}})
    )
    last = AuditEntry.objects.filter(action=Action.SETTINGS).first()
    if last is not None and last.data == values:
        return False
    append(Action.SETTINGS, values)
    return True


NOTED = ("DEBUG", "RUN_RATE", "RUN_MAX_PER_USER", "SIGNUP_OPEN", "TOKEN_DAYS", "ALLOWED_HOSTS")
"""Of the site's own settings, those that decide who may do what."""


def verify(head: tuple[int, str] | None = None) -> Iterator[Problem]:
    """What does not hold, in the chain's order. `head` is one that was noted earlier."""
    prunes = list(AuditEntry.objects.filter(action=Action.PRUNED).order_by("sequence"))
    erased = AuditEntry.objects.filter(action=Action.ERASED).order_by("sequence")
    erasures = {entry.data["user"]: entry.sequence for entry in erased}
    missing: Counter[int] = Counter()
    last: AuditEntry | None = None
    for batch in _batches():
        there = Submission.objects.in_bulk([one.submission for one in batch if one.submission])
        for entry in batch:
            yield from _broken(entry, last)
            if entry.submission in there and not _is_as_sealed(
                there[entry.submission], entry, erasures
            ):
                yield Problem(
                    sequence=entry.sequence, what=f"submission {entry.submission} was changed"
                )
            if entry.submission and entry.submission not in there:
                by = _prune_of(entry, prunes)
                missing[by] += 1
                if not by:
                    what = f"submission {entry.submission} was removed"
                    yield Problem(sequence=entry.sequence, what=what)
            last = entry
    for prune in prunes:
        if missing[prune.sequence] != prune.data["count"]:
            what = f"{prune.data['count']} were pruned and {missing[prune.sequence]} are missing"
            yield Problem(sequence=prune.sequence, what=what)
    yield from _outside(last, head)


def _is_as_sealed(submission: Submission, entry: AuditEntry, erasures: dict[int, int]) -> bool:
    """What was written may be gone if the chain says, later, that its writer was erased."""
    if digest_of(submission, FACTS) != entry.digest:
        return False
    if digest_of(submission, WRITTEN) == entry.data["written"]:
        return True
    is_gone = all(getattr(submission, name) == empty for name, empty in WRITTEN.items())
    return is_gone and erasures.get(submission.user_id, 0) > entry.sequence


def _batches() -> Iterator[list[AuditEntry]]:
    reached = 0
    while batch := list(
        AuditEntry.objects.filter(sequence__gt=reached).order_by("sequence")[:BATCH]
    ):
        yield batch
        reached = batch[-1].sequence


def _broken(entry: AuditEntry, last: AuditEntry | None) -> Iterator[Problem]:
    if entry.sequence != (last.sequence + 1 if last else 1):
        yield Problem(sequence=entry.sequence, what="entries before it were removed")
    elif entry.previous != (last.hash if last else ""):
        yield Problem(sequence=entry.sequence, what="it does not follow from the one before it")
    if not hmac.compare_digest(entry.hash, hash_of(entry)):
        yield Problem(
            sequence=entry.sequence, what="it was changed, or sealed with another AUDIT_KEY"
        )


def _prune_of(entry: AuditEntry, prunes: list[AuditEntry]) -> int:
    """The sequence of the first prune that may have removed an entry's submission; 0 if none."""
    finished = datetime.fromisoformat(entry.data["finished"])
    for prune in prunes:
        if prune.sequence > entry.sequence and finished < datetime.fromisoformat(
            prune.data["before"]
        ):
            return prune.sequence
    return 0


def _outside(last: AuditEntry | None, head: tuple[int, str] | None) -> Iterator[Problem]:
    """What the chain itself can't know."""
    end = last.sequence if last else 0
    if head and not AuditEntry.objects.filter(sequence=head[0], hash=head[1]).exists():
        yield Problem(sequence=head[0], what="this head was noted, and is not in the chain")
    overdue = timezone.now() - OVERDUE
    late = Q(finished__lt=overdue) | Q(finished=None, created__lt=overdue)
    for submission in Submission.objects.unsealed().filter(late):
        yield Problem(
            sequence=end + 1, what=f"submission {submission.pk} finished long ago and is not sealed"
        )
