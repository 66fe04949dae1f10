"""Remove what is older than the settings allow, and append each removal to the audit's chain.

The chain's entries stay: they hold digests and numbers, no content. What the chain contradicts is not
removed: somebody may have changed a row's end or hold, so that we remove it for them.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ..accounts.models import ApiToken
from ..files import sessions, store, uploads
from ..lifecycle.idempotency import KEY_LIFETIME, IdempotencyKey
from ..lifecycle.models import Batch, Submission, SubmissionQuerySet
from ..periodic import errors_logged, let_others_write
from ..quotas.models import Counter
from ..sharing.models import ShareLink
from . import chain, facts
from .accounts import belongings, erasure, holds
from .models import Action, AuditEntry, Closing
from .queries import sealed

logger = logging.getLogger(__name__)

VERSION = 2
"""The version of a prune's entry, which names the removed seals. The first had a number and an age."""
BATCH = 200
"""Submissions removed in one transaction, so that requests write in between."""
FILES_VERSION = 1
CHANGED_MOST = 1000
"""Submissions that a round of removals may find contradicted by the chain; with more it ends."""
FILES_READ_AT_ONCE = 500
"""Submissions that are looked for at once, to remove their files."""
FILES_BATCH = 10
"""Submissions whose files are removed in one transaction: each may have sixteen megabytes."""
TOKENS_SHOWN = timedelta(days=30)
"""How long an expired token is listed for its owner, as expired."""


def keep_house() -> None:
    """Erase and remove everything that is due. If a step fails, the others are still taken."""
    now = timezone.now()
    steps: list[Callable[[], object]] = [
        holds.finish,
        belongings.remove_rest,
        erasure.erase_due,
    ]
    if settings.RETENTION_DAYS:
        steps.append(partial(prune, now - timedelta(days=settings.RETENTION_DAYS)))
    if settings.FILES_RETENTION_DAYS:
        steps.append(partial(remove_files, now - timedelta(days=settings.FILES_RETENTION_DAYS)))
    steps += [_remove_expired, uploads.remove_unused, partial(sessions.remove_expired, now)]
    for step in steps:
        with errors_logged("housekeeper"):
            step()


def prune(before: datetime) -> int:
    """Remove the submissions that finished before then; return how many.

    Only sealed ones are removed, so that the chain has a seal of everything that ever was. Content of a
    deleted account is kept until its hold has ended, however old it is.
    """
    chain.seal()
    count = _repeat(_prune_some, before)
    if count:
        Batch.objects.filter(entries=None).delete()
    return count


def remove_files(before: datetime) -> int:
    """Remove the files of the submissions that finished before then; return of how many.

    Their rows stay, with the descriptions that the chain has sealed. Files of a deleted account are kept
    until its hold has ended, as all of its content is.
    """
    if store.exist_before(before):
        chain.seal()  # only what is sealed is removed
    count, staying = 0, set[UUID]()
    while len(staying) < CHANGED_MOST and (keys := _with_old_files(before, staying)):
        for start in range(0, len(keys), FILES_BATCH):
            began = monotonic()
            count += _remove_files_of(keys[start : start + FILES_BATCH], before, staying)
            let_others_write(began)
    _log_staying(staying)
    return count


def _repeat(remove: Callable[[datetime, set[UUID]], int | None], before: datetime) -> int:
    """Remove until there is nothing left to remove; return how many submissions that were.

    `remove` takes and adds to the set of those that must stay.
    """
    count, staying, began = 0, set[UUID](), monotonic()
    while len(staying) < CHANGED_MOST and (some := remove(before, staying)) is not None:
        count += some
        began = let_others_write(began)
    _log_staying(staying)
    return count


def _log_staying(staying: set[UUID]) -> None:
    if staying:
        logger.error("%d submissions stay: the audit contradicts their rows", len(staying))


def _must_stay(keys: Iterable[UUID], before: datetime) -> set[UUID]:
    """Return those of these submissions that the chain contradicts: their seals have a later end, or a
    request to delete their account holds them."""
    rows = Submission.objects.only(*facts.FACTS, "erased").in_bulk(list(keys))
    asked: dict[int, list[AuditEntry]] = defaultdict(list)
    # Of these users only: there is an entry for each account that ever was deleted.
    requests = AuditEntry.objects.of(Action.ERASURE_ASKED)
    users = {row.user_id for row in rows.values()}
    for request in requests.filter(data__user__in=users).order_by("sequence"):
        if chain.version_of(request) > 1:  # the first version knew no hold
            asked[request.data["user"]].append(request)
    staying = set()
    for seal in AuditEntry.objects.filter(submission__in=rows):
        row = rows[seal.submission]
        finished = datetime.fromisoformat(seal.data["finished"])
        if finished >= before or _is_held(row, finished, asked[row.user_id]):
            staying.add(row.pk)
    return staying


def _is_held(row: Submission, finished: datetime, asked: Iterable[AuditEntry]) -> bool:
    """Return whether the first request after a run's end holds its content; `held_until` repeats it."""
    request = next((one for one in asked if one.created >= finished), None)
    if request is None or row.erased:
        return False
    return holds.hold_of(request, row) > timezone.now()


def _with_old_files(before: datetime, staying: set[UUID]) -> list[UUID]:
    """Return some submissions whose files are due.

    Read outside of transactions: it goes through the files of all runs that are held.
    """
    removable = _removable(before).exclude(pk__in=staying)
    return list(store.runs_before(before, among=removable)[:FILES_READ_AT_ONCE])


def _remove_files_of(keys: list[UUID], before: datetime, staying: set[UUID]) -> int:
    with transaction.atomic():
        old = store.runs_before(before, among=_removable(before)).filter(submission__in=keys)
        # The lock keeps two processes from naming the same submissions.
        found = Submission.objects.filter(pk__in=list(old)).select_for_update()
        keys = list(found.values_list("pk", flat=True))
        staying |= _must_stay(keys, before)
        keys = [key for key in keys if key not in staying]
        if keys:
            store.remove_all(keys)
            data = {"version": FILES_VERSION, "before": before.isoformat(), "count": len(keys)}
            chain.append(Action.FILES_REMOVED, {**data, "seals": ranges_of(_sequences_of(keys))})
    return len(keys)


def _removable(before: datetime) -> SubmissionQuerySet:
    """Select the sealed submissions that finished before then and whose content is not held."""
    free = Q(held_until=None) | Q(held_until__lte=timezone.now())
    found = Submission.objects.filter(free, finished__lt=before)
    # Those of them that are not marked as held yet are held all the same.
    return sealed(found.exclude(user__in=Closing.objects.values("user")))


def _sequences_of(keys: Iterable[UUID]) -> list[int]:
    seals = AuditEntry.objects.filter(submission__in=keys).order_by("sequence")
    return list(seals.values_list("sequence", flat=True))


def _prune_some(before: datetime, staying: set[UUID]) -> int | None:
    with transaction.atomic():
        old = _removable(before).exclude(pk__in=staying).order_by("finished")
        # The lock keeps two parallel prunes from naming the same submissions.
        keys = list(old.select_for_update().values_list("pk", flat=True)[:BATCH])
        if not keys:
            return None
        staying |= _must_stay(keys, before)
        keys = [key for key in keys if key not in staying]
        sequences = _sequences_of(keys)
        Submission.written.filter(pk__in=keys).delete()
        if keys:
            data = {
                "version": VERSION,
                "before": before.isoformat(),
                "count": len(keys),
                "seals": ranges_of(sequences),
            }
            chain.append(Action.PRUNED, data)
    return len(keys)


def ranges_of(sequences: Iterable[int]) -> list[list[int]]:
    """Return the first and last number of each series of consecutive ones; `sequences` ascend."""
    found: list[list[int]] = []
    for sequence in sequences:
        if found and sequence == found[-1][1] + 1:
            found[-1][1] = sequence
        else:
            found.append([sequence, sequence])
    return found


def _remove_expired() -> None:
    """Remove rows that have expired, which nothing else removes."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    # `last_seen_at` is the login. A session that has been renewed since then still has its row.
    lives = Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    UserSession.objects.filter(~lives, last_seen_at__lt=now - longest).delete()
    ApiToken.objects.filter(expiry__lt=now - TOKENS_SHOWN).delete()
    ShareLink.objects.filter(expires__lte=now).delete()
    IdempotencyKey.objects.filter(created__lt=now - KEY_LIFETIME).delete()
    Counter.objects.filter(expires__lt=now.timestamp()).delete()
