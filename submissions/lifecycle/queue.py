"""The queue is the table: pick the next row, lease it, and requeue the rows of dead processes.

Turns follow start-time fair queueing (Goyal, Vin and Cheng, 1996) with a user as a flow and a program as
the unit: a row's turn is one more than that of the user's previous row, but not less than the turn that
is served now. So a user with a hundred programs and a user with one alternate.

A process with a free place reads `users_waiting` and gives the place to the user who has used least there
(executor/admission/places.py), or among equals to the lowest turn. Then it claims that user's next row.
"""

import logging
import threading
from collections import Counter
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

from executor import Busy, process_is_alive, this_process, weights_of

from ..telemetry import counters
from . import storage
from .errors import TooManyRuns
from .models import Status, Submission, Verdict

logger = logging.getLogger(__name__)

TABLE = Submission._meta.db_table
MAX_ATTEMPTS = 3
"""A program whose process died this many times is not tried again: it may be the cause."""
REQUEUED: dict[str, Any] = {"status": Status.QUEUED, "lease": None, "started": None, "worker": ""}
RETRY_SECONDS = 5
NEWCOMERS_ROWS = 50
"""As many as the largest batch has."""
PLAYED_WITHIN = timedelta(hours=1)
"""Interactive runs that were submitted before this time do not count as use."""
INTERRUPTED = "The service was stopped before the program ended; please run it again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovered:
    """How many runs of dead processes a sweep requeued, and how many it ended."""

    requeued: int
    abandoned: int


def next_turn(user: User, *, count: int, waited: bool) -> int:
    """Return the first of `count` turns for the user's new rows.

    A submission that a client waits for (`waited`) runs before those that the user has queued for later.
    Beyond QUEUE_MAX the queue holds as many rows again for users who have none in it, a batch each.
    Raises Busy at QUEUE_MAX unless a client waits, TooManyRuns at QUEUE_MAX_PER_USER, and what
    `check_waited` raises.
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
    # Submissions that clients wait for have bounds of their own, and go if no worker takes them in time.
    if not waited and found["all"] + count > settings.QUEUE_MAX * (2 if is_new else 1):
        raise Busy("too many submissions are queued", retry_after=RETRY_SECONDS)
    served = found["served"] or 1
    return max(served, (found["last"] or 0) + 1)


# The last condition is that of the index submission_in_flight; in other words, SQLite reads all rows.
COUNT_WAITED = f"""
SELECT count(*) FROM {TABLE} WHERE user_id = %s AND waited AND NOT (status = 'finished')
"""  # noqa: S608 - only the table's name is inserted


def check_waited(user: User) -> None:
    """Raise TooManyRuns if clients of this user wait for RUN_MAX_PER_USER submissions already."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_WAITED, [user.pk])
        _check_waited(cursor.fetchone()[0])


def check_interactive(user: User, *, waited: bool) -> None:
    """Raise TooManyRuns if the user has INTERACTIVE_MAX_PER_USER interactive runs under way, and Busy if
    all users together have INTERACTIVE_MAX.

    Half of those, rounded down, are for users who have used less than a longest interactive run in the
    last hour. Without them a few accounts that type now and then would keep all of them.

    One that no client waits for must not wait behind the user's own either: it would keep others from
    theirs meanwhile, and nobody types to it.

    Users are counted apart by the lock on each. On PostgreSQL two users at the same moment may exceed
    the sum by one.
    """
    own, interactive = Q(user=user), ~Q(typing="")
    found = Submission.objects.in_flight().aggregate(
        all=Count("pk", filter=interactive),
        own=Count("pk", filter=interactive & own),
        queued=Count("pk", filter=own & Q(status=Status.QUEUED)),
    )
    if not waited and found["queued"]:
        raise TooManyRuns(
            "An interactive run would wait for your queued ones. Let these end first.",
            retry_after=RETRY_SECONDS,
        )
    if found["own"] >= settings.INTERACTIVE_MAX_PER_USER:
        raise TooManyRuns(
            "You have an interactive run under way. Stop it, or let it end.",
            retry_after=RETRY_SECONDS,
        )
    most: int = settings.INTERACTIVE_MAX
    has_much = found["all"] >= most - most // 2 and _has_played_much(user)
    if found["all"] >= (most - most // 2 if has_much else most):
        raise Busy(
            "too many interactive runs are under way. Give the input at the start, and your program does "
            "not wait for them",
            retry_after=RETRY_SECONDS,
        )


def _has_played_much(user: User) -> bool:
    """Return whether the user's interactive runs have lately taken as long as the longest one may. Their
    time in the queue counts, in which they keep others from theirs."""
    lately = Submission.objects.filter(user=user, created__gt=timezone.now() - PLAYED_WITHIN)
    ended = lately.exclude(typing="").filter(finished__isnull=False)
    times = ended.order_by().values_list("created", "finished")
    played: float = sum((finished - created).total_seconds() for created, finished in times)
    is_much: bool = played >= settings.EXECUTOR_INTERACTIVE_SECONDS
    return is_much


def most_queued() -> float:
    """Return how many places a user may hold before the user's queued submissions wait."""
    return settings.RUN_MAX_PER_USER or inf


def most_waited() -> float:
    """Return the same for a submission that a client waits for, and for an interactive one.

    It does not wait for the user's others, unless the user would hold all places.
    """
    return settings.EXECUTOR_MAX_RUNS - 1 if settings.RUN_MAX_PER_USER else inf


def _check_waited(count: int) -> None:
    if count >= (settings.RUN_MAX_PER_USER or inf):
        raise TooManyRuns(
            f"{settings.RUN_MAX_PER_USER} of your submissions are under way already.", retry_after=1
        )


def lease_expiry() -> datetime:
    """Return when a lease that is taken or renewed now expires."""
    return timezone.now() + timedelta(seconds=settings.EXECUTOR_LEASE_SECONDS)


HAS_ENOUGH = f"""
(SELECT count(*) FROM {TABLE} AS other
 WHERE other.user_id = waiting.user_id AND other.status = %(running)s)
>= CASE WHEN waiting.waited OR waiting.typing <> '' THEN %(most_waited)s ELSE %(most)s END
"""  # noqa: S608 - only the table's name is inserted
WAITING = f"""
SELECT user_id + 0 FROM {TABLE} AS waiting
WHERE status = %(queued)s AND (language = %(language)s OR %(language)s = '')
    AND NOT {HAS_ENOUGH}
GROUP BY user_id + 0 ORDER BY min(turn), min(created)
"""  # noqa: S608 - as above
# Without `+ 0`, SQLite goes through an index of all rows, since that is in the order of users.
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
"""  # noqa: S608 - as above
"""One statement, since every run waits for it."""
NO_LIMIT = 2**31 - 1
"""Stands for infinity in SQL: PostgreSQL's largest integer."""
_claiming = threading.Lock()
"""Held during a claim."""


def users_waiting(language: str = "") -> list[int]:
    """Return the users who have a queued submission that may begin, lowest turn first.

    With `language`, only submissions in that language count.
    """
    with connection.cursor() as cursor:
        cursor.execute(WAITING, _parameters(language))
        return [user for (user,) in cursor.fetchall()]


def claim_next(language: str = "", user: Any = 0) -> Submission | None:
    """Claim the queued submission with the lowest turn for this process; None if there is none.

    With `language` or `user`, only their submissions are considered. Users at RUN_MAX_PER_USER are passed
    over. On PostgreSQL, claims of the same moment do not see each other: threads of a process claim one
    after another, and only each further process may exceed the limit by one.
    """
    lock = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    values = {
        **_parameters(language),
        "now": connection.ops.adapt_datetimefield_value(timezone.now()),
        "lease": connection.ops.adapt_datetimefield_value(lease_expiry()),
        "worker": this_process(),
        "user": user,
    }
    with _claiming:
        claimed = list(Submission.objects.raw(CLAIM.format(lock=lock), values))
    return claimed[0] if claimed else None


AHEAD = f"""
SELECT user_id + 0, count(*), count(*) FILTER (WHERE (turn, created) < (%(turn)s, %(created)s))
FROM {TABLE} AS waiting
WHERE status = %(queued)s AND (user_id = %(user)s OR NOT {HAS_ENOUGH})
GROUP BY user_id + 0
"""  # noqa: S608 - as above


def place_of(submission: Submission) -> int | None:
    """Return a queued submission's place among those that may begin, from 1; None if it is not queued.

    It counts the rows of users who have used less in this process, and those with a lower turn of users
    who have used the same. It may be too high, since these users use more while their rows are served.
    Users at RUN_MAX_PER_USER are passed over, as in WAITING; only their own rows wait for them.
    """
    if submission.status != Status.QUEUED:
        return None
    user = submission.user_id
    values = {
        **_parameters(""),
        "user": user,
        "turn": submission.turn,
        "created": connection.ops.adapt_datetimefield_value(submission.created),
    }
    with connection.cursor() as cursor:
        cursor.execute(AHEAD, values)
        counts = {waiting: (all_, lower) for waiting, all_, lower in cursor.fetchall()}
    weights = weights_of([user, *counts])
    place = 1
    for waiting, (all_, lower) in counts.items():
        if waiting == user or weights[waiting] == weights[user]:
            place += lower
        elif weights[waiting] < weights[user]:
            place += all_
    return place


def _parameters(language: str) -> dict[str, Any]:
    """Return the parameters that WAITING and CLAIM share."""
    return {
        "queued": Status.QUEUED.value,
        "running": Status.RUNNING.value,
        "language": language,
        "most": int(min(most_queued(), NO_LIMIT)),
        "most_waited": int(min(most_waited(), NO_LIMIT)),
    }


def seconds_until_a_place() -> int:
    """Return in how many seconds a place is free: the run that began first then reaches its limit."""
    # An interactive run may take minutes, but only some of the places are held by such runs.
    running = Submission.objects.running().filter(typing="").order_by("started")
    running = running.only("started", "limits")
    first: Submission | None = running.first()
    if first is None or first.started is None:
        return 1
    end = first.started + timedelta(seconds=first.limits["wall_seconds"])
    return max(1, ceil((end - timezone.now()).total_seconds()))


def renew_leases(ids: Collection[UUID]) -> None:
    """Renew the leases of those of these submissions that this process holds."""
    if ids:
        mine = {"pk__in": ids, "worker": this_process()}
        Submission.written.running().filter(**mine).update(lease=lease_expiry())


def requeue(submission: Submission) -> bool:
    """Return a submission to the queue; False if another attempt holds it, or none is left."""
    if submission.attempt >= _most_attempts(submission):
        return False
    mine = {"pk": submission.pk, "attempt": submission.attempt}
    return Submission.written.running().filter(**mine).update(**REQUEUED) == 1


def _most_attempts(submission: Submission) -> int:
    """Return 1 for an interactive run: its user has seen what it printed, and has answered that."""
    return 1 if submission.interactive else MAX_ATTEMPTS


def recover() -> Recovered:
    """Requeue the submissions whose process died; end those that have had all their attempts, and those
    of closed accounts, of which nothing runs any more.

    A dead process on this machine is recognized at once, any other when its lease expires.
    """
    requeued = abandoned = 0
    now = timezone.now()
    running = (
        Submission.objects.running()
        .select_related("user")
        .only("pk", "attempt", "lease", "worker", "language", "typing", "user__is_active")
        .order_by()  # by time, SQLite would read all rows
    )
    for submission in running:
        is_over = submission.lease is None or submission.lease < now
        if not is_over and process_is_alive(submission.worker) is not False:
            continue
        # The filter leaves alone what another process has changed since the row was read.
        same = Submission.written.running().filter(
            pk=submission.pk, attempt=submission.attempt, lease=submission.lease
        )
        if submission.attempt < _most_attempts(submission) and submission.user.is_active:
            requeued += same.update(**REQUEUED)
        else:
            ended = same.update(
                status=Status.FINISHED,
                finished=now,
                lease=None,
                verdict=Verdict.INTERNAL_ERROR,
                error=INTERRUPTED,
            )
            abandoned += ended
            if ended:
                storage.settle(submission)
                counters.abandoned(submission.language)
    if requeued or abandoned:
        logger.warning("%d lost runs requeued, %d ended as internal errors", requeued, abandoned)
    return Recovered(requeued=requeued, abandoned=abandoned)


STARTABLE = f"""
SELECT language, count(*) FROM {TABLE} AS waiting
WHERE status = %(queued)s AND NOT {HAS_ENOUGH}
GROUP BY user_id + 0, language
"""  # noqa: S608 - as above


def startable_by_language() -> Counter[str]:
    """Count the queued submissions of each language that may begin now: of each user as many as may run
    at once, since the end of each brings the user's next."""
    most = max(most_queued(), most_waited())
    found = Counter[str]()
    with connection.cursor() as cursor:
        cursor.execute(STARTABLE, _parameters(""))
        for language, count in cursor.fetchall():
            found[language] += int(min(count, most))
    return found


def next_language(user_id: int) -> str | None:
    """Return the language of the user's next queued submission; None if there is none."""
    # `in_flight` has an index by user. With `queued` alone, SQLite reads all rows of the user.
    own = Submission.objects.in_flight().queued().filter(user_id=user_id)
    own = own.order_by("turn", "created")
    return own.values_list("language", flat=True).first()
