"""The queue, which is the rows themselves: who runs next, who holds a run, and what becomes of one
whose process is lost.

Who is next follows start-time fair queueing (Goyal, Vin and Cheng, 1996) with a user as a flow and a
program as the unit: a row's turn is one more than that of its user's row before it, but not less than
the turn that is served now. So a user with a hundred programs and one with a single one take turns.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from executor import Busy, process_is_alive, this_process

from .exceptions import TooManyRuns
from .models import Status, Submission, Verdict

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
"""A program that lost its process so often is not tried again: it may be the cause."""
RETRY_SECONDS = 5
INTERRUPTED = "The service was stopped before the program ended; please run it again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """What a sweep found."""

    requeued: int
    given_up: int


def next_turn(user: User, *, count: int, waited: bool) -> int:
    """The first of `count` turns for the user's new rows. Raises Busy at QUEUE_MAX and TooManyRuns at
    QUEUE_MAX_PER_USER queued rows.

    What a client waits for does not stand behind what the same user has put in for later.
    """
    own = Q(user=user)
    queued = Submission.objects.queued().aggregate(
        served=Min("turn"),
        last=Max("turn", filter=own & Q(waited=waited)),
        all=Count("pk"),
        own=Count("pk", filter=own),
    )
    if queued["own"] + count > settings.QUEUE_MAX_PER_USER:
        raise TooManyRuns(
            wait=RETRY_SECONDS, detail=f"{queued['own']} of your submissions are queued already."
        )
    if queued["all"] + count > settings.QUEUE_MAX:
        raise Busy("too many submissions are queued", retry_after=RETRY_SECONDS)
    served = queued["served"] or 1
    return max(served, (queued["last"] or 0) + 1)


def lease() -> datetime:
    """Until when a run that begins or still goes on now is believed to."""
    return timezone.now() + timedelta(seconds=settings.EXECUTOR_LEASE_SECONDS)


def claim_next(language: str | None = None) -> Submission | None:
    """The queued submission whose turn it is, of that language if one is named, now running here.

    Nobody gets two at once from here while RUN_MAX_PER_USER of theirs run: those who claim in the
    very same moment do not see each other's, so it may be one more each.
    """
    running = Submission.objects.running().values("user")
    crowded = running.annotate(count=Count("pk")).filter(count__gte=settings.RUN_MAX_PER_USER)
    waiting = Submission.objects.queued().exclude(user__in=crowded.values("user"))
    if language is not None:
        waiting = waiting.filter(language=language)
    with transaction.atomic():
        first = waiting.order_by("turn", "created").select_for_update(skip_locked=True).first()
        if first is None:
            return None
        begun = {
            "status": Status.RUNNING,
            "started": timezone.now(),
            "attempt": first.attempt + 1,
            "lease": lease(),
            "worker": this_process(),
        }
        Submission.objects.queued().filter(pk=first.pk).update(**begun)
    for name, value in begun.items():
        setattr(first, name, value)
    return first


def extend(held: Collection[UUID]) -> None:
    """Says that this process still runs these."""
    mine = Submission.objects.running().filter(pk__in=held, worker=this_process())
    if held:
        mine.update(lease=lease())


def give_back(submission: Submission) -> bool:
    """To whoever runs it better. False if it has been tried too often, or is not this attempt's any
    more."""
    if submission.attempt >= MAX_ATTEMPTS:
        return False
    mine = Submission.objects.running().filter(pk=submission.pk, attempt=submission.attempt)
    return mine.update(status=Status.QUEUED, lease=None, started=None, worker="") == 1


def recover() -> Lost:
    """Puts back what lost its process, and ends what did so too often.

    A process of this machine is looked at; of any other only the lease tells.
    """
    requeued = given_up = 0
    now = timezone.now()
    held = Submission.objects.running().only("pk", "attempt", "lease", "worker")
    for submission in held:
        is_over = submission.lease is None or submission.lease < now
        if not is_over and process_is_alive(submission.worker) is not False:
            continue
        same = Submission.objects.running().filter(
            pk=submission.pk, attempt=submission.attempt, lease=submission.lease
        )
        if submission.attempt < MAX_ATTEMPTS:
            requeued += same.update(status=Status.QUEUED, lease=None, started=None, worker="")
        else:
            given_up += same.update(
                status=Status.FINISHED,
                finished=now,
                lease=None,
                verdict=Verdict.INTERNAL_ERROR,
                error=INTERRUPTED,
            )
    if requeued or given_up:
        logger.warning("%d lost runs are queued again, %d given up", requeued, given_up)
    return Lost(requeued=requeued, given_up=given_up)


def lengths() -> dict[str, int]:
    """Queued submissions by language."""
    queued = Submission.objects.queued().order_by().values_list("language")
    return dict(queued.annotate(count=Count("pk")))


def has_more(user_id: int) -> str | None:
    """The language of a queued submission of that user, if there is one."""
    own = Submission.objects.queued().filter(user_id=user_id).order_by("turn", "created")
    return own.values_list("language", flat=True).first()
