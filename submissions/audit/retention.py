"""Remove what is older than the settings allow, and append each removal to the audit's chain.

The chain's entries stay: they hold digests and numbers, no content.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ..accounts.models import ApiToken
from ..lifecycle.idempotency import KEY_LIFETIME
from ..lifecycle.models import Batch, IdempotencyKey, Submission
from ..quotas.models import Counter
from ..sharing.models import ShareLink
from . import chain
from .accounts import erasure
from .models import Action, AuditEntry
from .queries import sealed

VERSION = 2
"""The version of a prune's entry, which names the removed seals. The first had a number and an age."""
BATCH = 200
"""Submissions removed in one transaction, so that requests write in between."""
TOKENS_SHOWN = timedelta(days=30)
"""How long an expired token is listed for its owner, as expired."""


def keep_house() -> None:
    """Erase and remove everything that is due."""
    erasure.erase_due()
    if settings.RETENTION_DAYS:
        prune(timezone.now() - timedelta(days=settings.RETENTION_DAYS))
    _remove_expired()


def prune(before: datetime) -> int:
    """Remove the submissions that finished before then; return how many.

    Only sealed ones are removed, so that the chain has a seal of everything that ever was. Content of a
    deleted account is kept until its hold has ended, however old it is.
    """
    chain.seal()
    count = 0
    while some := _prune_some(before):
        count += some
    if count:
        Batch.objects.filter(entries=None).delete()
    return count


def _prune_some(before: datetime) -> int:
    with transaction.atomic():
        free = Q(held_until=None) | Q(held_until__lte=timezone.now())
        old = sealed(Submission.objects.filter(free, finished__lt=before)).order_by("finished")
        # The lock keeps two parallel prunes from naming the same submissions.
        keys = list(old.select_for_update().values_list("pk", flat=True)[:BATCH])
        seals = AuditEntry.objects.filter(submission__in=keys).order_by("sequence")
        sequences = list(seals.values_list("sequence", flat=True))
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
