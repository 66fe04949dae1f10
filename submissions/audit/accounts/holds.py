"""Hold the runs of a deleted account: mark each with the time until which its content is kept.

Those of an ordinary account are marked in the transaction that closes it. Of very many runs that would
keep others from writing for too long, so housekeeping marks them afterwards. The chain's entry of the
request holds them meanwhile: retention removes nothing that it contradicts.
"""

from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from ...lifecycle.models import Outcome, Submission
from ...lists.searching import older_rows
from ...periodic import let_others_write
from .. import chain
from ..incidents import INCIDENTS, is_incident
from ..models import Action, AuditEntry, Closing

VERSION = FIRST_BY_EVIDENCE = 3
"""The version of a request's entry. The first knew no hold; for the second, a run's verdict said whether
it had met a limit."""
MARKED_AT_ONCE = 2000
"""Runs of an ordinary account: at most 400 MB that are written again, in about a second."""
BATCH = 200
"""Runs marked in one transaction by housekeeping."""


def begin(user: User) -> datetime | None:
    """Hold what is not held yet, and append the request; return when the last hold ends at the latest.

    If an account is made active and deleted again, its earlier holds do not change.
    """
    own = Submission.written.filter(user=user)
    fresh = own.filter(held_until=None, erased=None)
    now = timezone.now()
    until = now + timedelta(days=settings.AUDIT_HOLD_DAYS)
    incidents_until = now + timedelta(days=settings.AUDIT_HOLD_INCIDENT_DAYS)
    if has_breach(user.pk):
        until = incidents_until  # the account's other runs may explain the breach
    count = incidents = None
    last: datetime | None
    # What an earlier request has yet to mark comes first, and has that one's hold.
    is_waiting = Closing.objects.filter(user=user).exists()
    if is_waiting or fresh[: MARKED_AT_ONCE + 1].count() > MARKED_AT_ONCE:
        newest = own.aggregate(newest=Max("created"))["newest"] or now
        Closing.objects.create(
            user=user, asked=max(now, newest), until=until, incidents_until=incidents_until
        )
        last = max(until, incidents_until)
    else:
        incidents = fresh.filter(INCIDENTS).update(held_until=incidents_until)
        count = incidents + fresh.update(held_until=until)
        last = own.aggregate(last=Max("held_until"))["last"]
    data = {
        "version": VERSION,
        "user": user.pk,
        "count": count,
        "until": until.isoformat(),
        "incidents": incidents,
        "incidents_until": incidents_until.isoformat(),
    }
    chain.append(Action.ERASURE_ASKED, data)
    return last


def hold_of(request: AuditEntry, submission: Submission) -> datetime:
    """Return until when the entry of a request holds the content of one of the account's runs.

    The run's sealed facts decide which of the request's two times counts.
    """
    by_evidence = chain.version_of(request) >= FIRST_BY_EVIDENCE
    is_longer = is_incident(submission, by_evidence=by_evidence)
    return datetime.fromisoformat(request.data["incidents_until" if is_longer else "until"])


def has_breach(user_id: int) -> bool:
    """Return whether an attack of the user's has got through all layers."""
    # By `owner`, since SQLite would use an index for `user` and read all of the user's runs.
    breaches = Submission.objects.filter(outcome=Outcome.BREACH, ablation="")
    return bool(breaches.annotate(owner=F("user_id") + 0).filter(owner=user_id).exists())


def finish() -> None:
    """Mark the runs of closed accounts that had too many; those of an earlier request first."""
    for closing in Closing.objects.order_by("pk"):
        _mark_all(closing)
        closing.delete()


def _mark_all(closing: Closing) -> None:
    own = Submission.objects.filter(
        user=closing.user_id, created__lte=closing.asked, held_until=None, erased=None
    )
    last = None
    while some := list(older_rows(own.only("created"), last)[:BATCH]):
        began, last = monotonic(), some[-1]
        with transaction.atomic():
            keys = [row.pk for row in some]
            fresh = Submission.written.filter(pk__in=keys, held_until=None, erased=None)
            fresh.filter(INCIDENTS).update(held_until=closing.incidents_until)
            fresh.update(held_until=closing.until)
        let_others_write(began)
