"""The queue, which is the rows themselves: who runs next, who holds a run, and what becomes of one
whose process is lost.

A row's turn follows start-time fair queueing (Goyal, Vin and Cheng, 1996) with a user as a flow and a
program as the unit: a row's turn is one more than that of its user's row before it, but not less than
the turn that is served now. So a user with a hundred programs and one with a single one take turns.

A process with a place to give looks at `users_waiting` and gives it to the one who has used least there
(executor/places.py), in turns where they have used the same; then it claims that user's next row.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, inf
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from executor import Busy, process_is_alive, this_process

from ..telemetry import counters
from . import storage
from .errors import TooManyRuns
from .models import Status, Submission, Verdict

logger = logging.getLogger(__name__)

TABLE = Submission._meta.db_table
MAX_ATTEMPTS = 3
"""A program that lost its process so often is not tried again: it may be the cause."""
BACK: dict[str, Any] = {"status": Status.QUEUED, "lease": None, "started": None, "worker": ""}
RETRY_SECONDS = 5
NEWCOMERS_ROWS = 50
"""The largest batch."""
INTERRUPTED = "The service was stopped before the program ended; please run it again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """What a sweep found."""

    requeued: int
    given_up: int


def next_turn(user: User, *, count: int, waited: bool) -> int:
    """The first of `count` turns for the user's new rows. Raises Busy at QUEUE_MAX and TooManyRuns at
    QUEUE_MAX_PER_USER queued rows, and what `check_waited` raises.

    Beyond QUEUE_MAX there is as much room again for users who have nothing queued, for a batch each.

    What a client waits for does not stand behind what the same user has put in for later.
    """
    own, queued = Q(user=user), Q(status=Status.QUEUED)
    found = Submission.objects.in_flight().aggregate(
        served=Min("turn", filter=queued),
        last=Max("turn", filter=queued & own & Q(waited=waited)),
        all=Count("pk", filter=queued),
        own=Count("pk", filter=queued & own),
        waited=Count("pk", filter=own & Q(waited=True)),
    )
    if waited:
        _check_waited(found["waited"])
    if found["own"] + count > settings.QUEUE_MAX_PER_USER:
        raise TooManyRuns(
            f"{found['own']} of your submissions are queued already.", retry_after=RETRY_SECONDS
        )
    is_new = found["own"] == 0 and count <= NEWCOMERS_ROWS
    if found["all"] + count > settings.QUEUE_MAX * (2 if is_new else 1):
        raise Busy("too many submissions are queued", retry_after=RETRY_SECONDS)
    served = found["served"] or 1
    return max(served, (found["last"] or 0) + 1)


def check_waited(user: User) -> None:
    """Raises TooManyRuns at RUN_MAX_PER_USER that a client of this user waits for."""
    _check_waited(Submission.objects.in_flight().filter(user=user, waited=True).count())


def most_queued() -> float:
    """A user's queued submission is not begun where the user holds this many places."""
    return settings.RUN_MAX_PER_USER or inf


def most_waited() -> float:
    """The same for one that a client waits for: it need not wait for the user's queued ones, unless the
    user would hold all places."""
    return settings.EXECUTOR_MAX_RUNS - 1 if settings.RUN_MAX_PER_USER else inf


def _check_waited(count: int) -> None:
    if count >= (settings.RUN_MAX_PER_USER or inf):
        raise TooManyRuns(
            f"{settings.RUN_MAX_PER_USER} of your submissions are under way already.", retry_after=1
        )


def lease() -> datetime:
    """Until when a run that begins or still goes on now is believed to."""
    return timezone.now() + timedelta(seconds=settings.EXECUTOR_LEASE_SECONDS)


HAS_ENOUGH = f"""
(SELECT count(*) FROM {TABLE} AS other
 WHERE other.user_id = waiting.user_id AND other.status = %(running)s)
>= CASE WHEN waiting.waited THEN %(most_waited)s ELSE %(most)s END
"""  # noqa: S608 - a name of ours
WAITING = f"""
SELECT user_id FROM {TABLE} AS waiting
WHERE status = %(queued)s AND (language = %(language)s OR %(language)s = '')
    AND NOT {HAS_ENOUGH}
GROUP BY user_id ORDER BY min(turn), min(created)
"""  # noqa: S608 - a name of ours
CLAIM = f"""
UPDATE {TABLE}
SET status = %(running)s, started = %(now)s, lease = %(lease)s, worker = %(worker)s,
    attempt = attempt + 1
WHERE status = %(queued)s AND id = (
    SELECT id FROM {TABLE} AS waiting
    WHERE status = %(queued)s AND (language = %(language)s OR %(language)s = '')
        AND (user_id = %(user)s OR %(user)s = 0)
        AND NOT {HAS_ENOUGH}
    ORDER BY turn, created LIMIT 1 {{lock}}
)
RETURNING *
"""  # noqa: S608 - a name of ours
"""One statement, since every run waits for it."""
NO_LIMIT = 2**31 - 1


def users_waiting(language: str = "") -> list[int]:
    """The users of whom a queued submission may begin, of that language if one is named; whose turn it is
    comes first."""
    values: dict[str, str | int] = {
        "queued": Status.QUEUED.value,
        "running": Status.RUNNING.value,
        "language": language,
        "most": int(min(most_queued(), NO_LIMIT)),
        "most_waited": int(min(most_waited(), NO_LIMIT)),
    }
    with connection.cursor() as cursor:
        cursor.execute(WAITING, values)
        return [user for (user,) in cursor.fetchall()]


def claim_next(language: str = "", user: Any = 0) -> Submission | None:
    """The queued submission whose turn it is, of that language and that user if one is named, now running
    here.

    Nobody has more than RUN_MAX_PER_USER running: those who claim in the very same moment do not see
    each other's, so it may be one more each.
    """
    lock = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    values = {
        "queued": Status.QUEUED.value,
        "running": Status.RUNNING.value,
        "now": _plain(timezone.now()),
        "lease": _plain(lease()),
        "worker": this_process(),
        "language": language,
        "user": user,
        "most": int(min(most_queued(), NO_LIMIT)),
        "most_waited": int(min(most_waited(), NO_LIMIT)),
    }
    claimed = list(Submission.objects.raw(CLAIM.format(lock=lock), values))
    return claimed[0] if claimed else None


def seconds_to_an_end() -> int:
    """When a place becomes free at the latest: the run that began first has its wall clock to go."""
    first = Submission.objects.running().order_by("started").only("started", "limits").first()
    if first is None or first.started is None:
        return 1
    end = first.started + timedelta(seconds=first.limits["wall_seconds"])
    return max(1, ceil((end - timezone.now()).total_seconds()))


def _plain(moment: datetime) -> Any:
    """As the database takes it."""
    return connection.ops.adapt_datetimefield_value(moment)


def extend(held: Collection[UUID]) -> None:
    """Says that this process still runs these."""
    if held:
        mine = {"pk__in": held, "worker": this_process()}
        Submission.written.running().filter(**mine).update(lease=lease())


def give_back(submission: Submission) -> bool:
    """To whoever runs it better. False if it has been tried too often, or is not this attempt's any
    more."""
    if submission.attempt >= MAX_ATTEMPTS:
        return False
    mine = {"pk": submission.pk, "attempt": submission.attempt}
    return Submission.written.running().filter(**mine).update(**BACK) == 1


def recover() -> Lost:
    """Puts back what lost its process, and ends what did so too often.

    A process of this machine is looked at; of any other only the lease tells.
    """
    requeued = given_up = 0
    now = timezone.now()
    held = Submission.objects.running().only("pk", "attempt", "lease", "worker", "language")
    for submission in held:
        is_over = submission.lease is None or submission.lease < now
        if not is_over and process_is_alive(submission.worker) is not False:
            continue
        same = Submission.written.running().filter(
            pk=submission.pk, attempt=submission.attempt, lease=submission.lease
        )
        if submission.attempt < MAX_ATTEMPTS:
            requeued += same.update(**BACK)
        else:
            ended = same.update(
                status=Status.FINISHED,
                finished=now,
                lease=None,
                verdict=Verdict.INTERNAL_ERROR,
                error=INTERRUPTED,
            )
            given_up += ended
            if ended:
                storage.settle(submission)
                counters.abandoned(submission.language)
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
