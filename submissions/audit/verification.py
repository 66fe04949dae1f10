"""Check the audit's chain and everything that it seals; report each link that does not hold."""

import hmac
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from ..files import sessions, store
from ..lifecycle.models import Submission
from .accounts import account_notes
from .accounts.holds import hold_of
from .chain import BATCH, hash_of, version_of
from .facts import FACTS_OF, WRITTEN_OF, digest_of
from .models import Action, AuditEntry
from .queries import unsealed

FIRST_WITH_FILES = 5
"""The first version of a seal that has the descriptions of files."""
OVERDUE = timedelta(minutes=5)
"""A submission that is not sealed by then was forgotten or hidden."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A link that does not hold."""

    sequence: int
    what: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """An entry about content that was erased."""

    sequence: int
    created: datetime
    version: int


class Named(NamedTuple):
    """A range of seals that a removal names."""

    first: int
    end: int
    removal: int
    """The sequence of the removal's entry."""
    before: datetime
    """Only what had finished before then was removed."""


@dataclass(slots=True)
class Removals:
    """The chain's entries about submissions that were removed and content that was erased."""

    reached: int = 0
    """The last entry that was read."""
    prunes: list[AuditEntry] = field(default_factory=list)
    """Prunes of the first version, which have a number and an age."""
    ranges: list[Named] = field(default_factory=list)
    """Seals that prunes of the second version name."""
    files: list[Named] = field(default_factory=list)
    """The same for seals of submissions whose files were removed, while the rows stay."""
    asked: dict[int, list[AuditEntry]] = field(default_factory=lambda: defaultdict(list))
    """Requests for erasure by user, from the first on."""
    erasures: dict[int, list[Erasure]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True)
class Progress:
    """How far a verification is."""

    last: AuditEntry | None = None
    """The last entry that was checked."""

    @property
    def reached(self) -> int:
        return self.last.sequence if self.last else 0


class OutOfTime(Exception):
    """The time for a verification is over."""


def verify(
    head: tuple[int, str] | None = None, *, until: float = inf, progress: Progress | None = None
) -> Iterator[Problem]:
    """Yield what does not hold, in the chain's order. `head` is a sequence and hash noted earlier.

    Raises OutOfTime at the first entry after `until`, a time of `monotonic`.
    """
    progress = progress or Progress()
    removals = Removals()
    _read_on(removals)
    missing: Counter[int] = Counter()
    for batch in _batches():
        there = Submission.objects.in_bulk([one.submission for one in batch if one.submission])
        for entry in batch:
            _check_time(until)
            yield from _broken(entry, progress.last)
            if entry.submission is not None:
                yield from _sealed(entry, there, removals, missing)
            progress.last = entry
    _check_time(until)
    for prune in removals.prunes:
        if missing[prune.sequence] != prune.data["count"]:
            what = f"{prune.data['count']} were pruned and {missing[prune.sequence]} are missing"
            yield Problem(sequence=prune.sequence, what=what)
    yield from _outside(progress.last, head, until)


def _check_time(until: float) -> None:
    if monotonic() > until:
        raise OutOfTime


def _read_on(found: Removals) -> None:
    """Add the entries that the chain got since the last call."""
    kinds = (Action.PRUNED, Action.FILES_REMOVED, Action.ERASURE_ASKED, Action.ERASED)
    later = AuditEntry.objects.of(*kinds).filter(sequence__gt=found.reached)
    for entry in later.order_by("sequence").iterator():
        found.reached = entry.sequence
        if entry.action == Action.ERASURE_ASKED:
            found.asked[entry.data["user"]].append(entry)
        elif entry.action == Action.ERASED:
            erasure = Erasure(entry.sequence, entry.created, version_of(entry))
            found.erasures[entry.data["user"]].append(erasure)
        elif entry.action == Action.FILES_REMOVED:
            found.files += _named(entry)
        elif version_of(entry) == 1:
            found.prunes.append(entry)
        else:
            found.ranges += _named(entry)
    found.ranges.sort()
    found.files.sort()


def _named(removal: AuditEntry) -> list[Named]:
    before = datetime.fromisoformat(removal.data["before"])
    return [Named(first, end, removal.sequence, before) for first, end in removal.data["seals"]]


def _sealed(
    entry: AuditEntry,
    there: dict[UUID, Submission],
    removals: Removals,
    missing: Counter[int],
) -> Iterator[Problem]:
    """Check the submission that an entry seals."""
    assert entry.submission is not None  # noqa: S101 - the caller has checked it
    submission = there.get(entry.submission)
    if _holds(submission, entry, removals):
        return
    # It may have been pruned or erased meanwhile. The row is read first: the entry about its change is
    # stored with the change, so the later query finds that entry.
    submission = Submission.objects.filter(pk=entry.submission).first()
    _read_on(removals)
    if _holds(submission, entry, removals):
        return
    by = 0 if submission else _prune_of(entry, removals.prunes)
    missing[by] += 1
    if not by:
        yield Problem(sequence=entry.sequence, what=_what_is_wrong(submission, entry, removals))


def _what_is_wrong(submission: Submission | None, entry: AuditEntry, removals: Removals) -> str:
    if submission is None:
        return f"submission {entry.submission} was removed"
    if _is_as_sealed(submission, entry, removals):
        return f"files of submission {entry.submission} were changed or removed"
    return f"submission {entry.submission} was changed"


def _holds(submission: Submission | None, entry: AuditEntry, removals: Removals) -> bool:
    """Return whether a submission matches its seal, or was removed and is named by a prune."""
    if submission is None:
        return _is_named(entry, removals.ranges)
    return _is_as_sealed(submission, entry, removals) and _has_its_files(
        submission, entry, removals
    )


def _has_its_files(submission: Submission, entry: AuditEntry, removals: Removals) -> bool:
    """Return whether the files are there as the row describes them, or were removed by retention.

    The seal has what the row says. Versions before the fifth have sealed no files.
    """
    sent, made = submission.files_in or [], submission.files_out or []
    if not sent + made or version_of(entry) < FIRST_WITH_FILES:
        return True
    if _is_named(entry, removals.files):
        return True
    return store.are_as_described(submission.pk, submission.attempt, sent, made)


def _is_as_sealed(submission: Submission, entry: AuditEntry, removals: Removals) -> bool:
    version = version_of(entry)
    if digest_of(submission, FACTS_OF[version]) != entry.digest:
        return False
    written = WRITTEN_OF[version]
    if digest_of(submission, written) == entry.data["written"]:
        return True
    is_gone = all(getattr(submission, name) == empty for name, empty in written.items())
    return is_gone and _may_be_gone(submission, entry, removals)


def _may_be_gone(submission: Submission, entry: AuditEntry, removals: Removals) -> bool:
    """Return whether an entry after the seal erased the content, and not before that was due.

    The first version of erasing knew no hold.
    """
    later = [
        erasure
        for erasure in removals.erasures.get(submission.user_id, [])
        if erasure.sequence > entry.sequence
    ]
    if any(erasure.version == 1 for erasure in later):
        return True
    asked = _request_about(entry, removals.asked.get(submission.user_id, []))
    if asked is None:
        return False
    due = hold_of(asked, submission)
    return any(erasure.created >= due for erasure in later)


def _request_about(entry: AuditEntry, asked: list[AuditEntry]) -> AuditEntry | None:
    """Return the first request after a run's end, which began the run's hold.

    Later requests, of an account that was made active again, do not change that hold.
    """
    finished = datetime.fromisoformat(entry.data["finished"])
    later = (request for request in asked if request.created >= finished)
    return next(later, asked[-1] if asked else None)


def _batches() -> Iterator[list[AuditEntry]]:
    reached = 0
    while batch := list(
        AuditEntry.objects.filter(sequence__gt=reached).order_by("sequence")[:BATCH]
    ):
        yield batch
        reached = batch[-1].sequence


def _broken(entry: AuditEntry, last: AuditEntry | None) -> Iterator[Problem]:
    """Check an entry itself, and that it follows the previous one."""
    if entry.sequence != (last.sequence + 1 if last else 1):
        yield Problem(sequence=entry.sequence, what="entries before it were removed")
    elif entry.previous != (last.hash if last else ""):
        yield Problem(sequence=entry.sequence, what="it does not follow from the one before it")
    if not hmac.compare_digest(entry.hash, hash_of(entry)):
        yield Problem(
            sequence=entry.sequence, what="it was changed, or sealed with another AUDIT_KEY"
        )


def _is_named(entry: AuditEntry, ranges: list[Named]) -> bool:
    """Return whether a later removal names this seal, and of what had finished early enough.

    The seal says when that was. A row may say otherwise: who changes its end has it removed by us.
    """
    place = bisect_right(ranges, (entry.sequence, inf))
    if not place:
        return False
    named = ranges[place - 1]
    finished = datetime.fromisoformat(entry.data["finished"])
    is_in = entry.sequence <= named.end and entry.sequence < named.removal
    return is_in and finished < named.before


def _prune_of(entry: AuditEntry, prunes: list[AuditEntry]) -> int:
    """Return the sequence of the first prune that may have removed an entry's submission; 0 if none."""
    finished = datetime.fromisoformat(entry.data["finished"])
    for prune in prunes:
        if prune.sequence > entry.sequence and finished < datetime.fromisoformat(
            prune.data["before"]
        ):
            return prune.sequence
    return 0


def _outside(
    last: AuditEntry | None, head: tuple[int, str] | None, until: float
) -> Iterator[Problem]:
    """Check what the chain itself cannot show: its end, rows without a seal, and accounts."""
    end = last.sequence if last else 0
    if head and not AuditEntry.objects.filter(sequence=head[0], hash=head[1]).exists():
        yield Problem(sequence=head[0], what="this head was noted, and is not in the chain")
    overdue = timezone.now() - OVERDUE
    late = Q(finished__lt=overdue) | Q(finished=None, created__lt=overdue)
    outside = unsealed(Submission.objects.filter(late))
    for pk in list(outside.values_list("pk", flat=True)):
        _check_time(until)
        if outside.filter(pk=pk).exists():  # it may have been sealed meanwhile
            what = f"submission {pk} finished long ago and is not sealed"
            yield Problem(sequence=end + 1, what=what)
    for session, is_changed in sessions.compared():
        _check_time(until)
        if is_changed:
            what = f"session {session.pk} is not as its last run left it"
            yield Problem(sequence=end + 1, what=what)
    _check_time(until)
    for sequence, what in account_notes.differences():
        yield Problem(sequence=sequence, what=what)
