"""Retention: what is older than it need be is removed, and the audit's chain says what.

The chain's entries themselves stay: they hold digests and numbers, not content.
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
from . import chain, erasure
from .models import Action, AuditEntry
from .queries import sealed

VERSION = 2
"""Of a prune's entry: it names the seals of what it removed. The first gave a number and an age."""
BATCH = 200
"""Submissions removed in one transaction, between those of the requests."""
TOKENS_SHOWN = timedelta(days=30)
"""How long an expired token is still listed for its owner, as expired."""


def keep_house() -> None:
    """Remove everything whose time has come."""
    erasure.erase_due()
    if settings.RETENTION_DAYS:
        prune(timezone.now() - timedelta(days=settings.RETENTION_DAYS))
    _remove_expired()


def prune(before: datetime) -> int:
    """Remove the submissions that finished before then, say so in the chain, and return how many.

    Only what is sealed goes, so that the chain knows of everything that ever was; and what a deleted
    account left is kept until its hold has ended, however old it is.
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
        # Two who prune at the same time do not name the same ones.
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
    """First and last of each run of consecutive numbers; `sequences` ascend."""
    found: list[list[int]] = []
    for sequence in sequences:
        if found and sequence == found[-1][1] + 1:
            found[-1][1] = sequence
        else:
            found.append([sequence, sequence])
    return found


def _remove_expired() -> None:
    """What has an end of its own, and would else stay as a row."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    # It is last seen at the login; a session that is renewed since then lives on.
    lives = Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    UserSession.objects.filter(~lives, last_seen_at__lt=now - longest).delete()
    ApiToken.objects.filter(expiry__lt=now - TOKENS_SHOWN).delete()
    IdempotencyKey.objects.filter(created__lt=now - KEY_LIFETIME).delete()
    Counter.objects.filter(expires__lt=now.timestamp()).delete()
