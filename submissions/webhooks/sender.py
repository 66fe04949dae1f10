"""Send webhooks, each at least once; any serving process may send any of them.

A delivery is due when its submission or batch has finished, which those rows show. One conditional write
claims it, counts the attempt and sets a lease. If the process dies, the lease expires and another process
tries. The result of an attempt is stored only if no later attempt has begun.

Users take turns: next is the one for whom this process has lately sent for the shortest time. So
receivers that hang delay their own users, however many deliveries these have.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from sys import maxsize
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from executor import Admission

from ..lifecycle.models import BatchEntry, Status, Submission
from ..periodic import PeriodicThread, stop_all
from . import egress, signing
from .deliveries import pending
from .models import Delivery, DeliveryState

BodyOf = Callable[[Delivery], bytes]

THREADS = 4
PER_USER = 2
"""Deliveries of one user at the same time, approximately: a receiver that hangs must not delay others."""
CANDIDATES = 8
"""Due deliveries read at once, since other threads may claim the first of them at this moment."""
LEASE = timedelta(minutes=2)
"""Longer than an attempt can take (egress.py), with the slowest name servers."""
LOOK_SECONDS = 1.0
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=6)
GROWTH = 3
GROWING_ATTEMPTS = 20
"""Attempts after which the pause no longer grows: past LONGEST_PAUSE, and before timedelta overflows."""
JITTER = 0.2
"""Part of the pause added or taken away at random, so that joint failures do not retry together."""
GONE = 410
"""The status by which a receiver refuses all further attempts."""
CUT_OFF = "The service stopped while it sent this."
STEP_SECONDS = 0.5
"""Users whose receivers have lately taken times that differ by less are equal."""


def turns() -> Admission:
    return Admission(places=maxsize, waiting=0, seconds=0, light_seconds=STEP_SECONDS)


_turns = turns()
"""For how long this process has lately sent for each user. It refuses nobody."""


def send_next(body_of: BodyOf) -> bool:
    """Send a delivery that is due; return whether there was one. `body_of` builds its body."""
    delivery = claim_next()
    if delivery is None:
        return False
    with _turns.place(delivery.user_id):
        status_code, problem = _attempt(delivery, body_of)
    _note(delivery, status_code, problem)
    return True


def claim_next() -> Delivery | None:
    now = timezone.now()
    due = _due(now)
    by_age = due.values("owner").annotate(first=Min("due")).order_by("first")
    users = list(by_age.values_list("owner", flat=True))
    weights = _turns.weights_of(users)
    for user in sorted(users, key=weights.__getitem__):
        of_user = due.filter(owner=user).order_by("due")
        for pk, attempts in of_user.values_list("pk", "attempts")[:CANDIDATES]:
            same = Delivery.objects.filter(pk=pk, state=DeliveryState.PENDING, attempts=attempts)
            if same.update(attempts=attempts + 1, lease=now + LEASE):
                return _with_content().get(pk=pk)
    return None


def _with_content() -> QuerySet[Delivery]:
    """Load what the body reports along with the delivery."""
    entries = Submission.objects.only("status", "verdict", "finished")
    in_order = Prefetch("batch__submissions", entries.order_by("batch_entry__position"))
    return Delivery.objects.select_related("submission", "batch").prefetch_related(in_order)


def _due(now: datetime) -> QuerySet[Any]:
    unfinished = BatchEntry.objects.filter(batch=OuterRef("batch")).exclude(
        submission__status=Status.FINISHED
    )
    is_finished = Q(submission__status=Status.FINISHED) | (
        Q(batch__isnull=False) & ~Exists(unfinished)
    )
    held = pending().filter(lease__gt=now).order_by().values("owner")
    crowded = held.annotate(count=Count("pk")).filter(count__gte=PER_USER)
    return (
        pending()
        .filter(is_finished, due__lte=now, user__is_active=True)
        .filter(Q(lease=None) | Q(lease__lte=now), attempts__lt=settings.WEBHOOK_ATTEMPTS)
        .exclude(owner__in=crowded.values("owner"))
    )


def _attempt(delivery: Delivery, body_of: BodyOf) -> tuple[int | None, str]:
    """Return the answer's status, or why there is none."""
    body = body_of(delivery)
    headers = signing.headers(delivery, body, timezone.now())
    try:
        return egress.post(delivery.url, body, headers), ""
    except egress.NotReached as error:
        return None, str(error)


def _note(delivery: Delivery, status_code: int | None, problem: str) -> None:
    now = timezone.now()
    values: dict[str, Any] = {"status_code": status_code, "problem": problem, "lease": None}
    if status_code is not None and 200 <= status_code < 300:
        values |= {"state": DeliveryState.DELIVERED, "ended": now}
    elif status_code == GONE or delivery.attempts >= settings.WEBHOOK_ATTEMPTS:
        values |= {"state": DeliveryState.FAILED, "ended": now}
    else:
        values |= {"due": now + pause(delivery.attempts)}
    mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)
    mine.filter(state=DeliveryState.PENDING).update(**values)


def pause(attempts: int) -> timedelta:
    """Return the pause after this number of attempts."""
    growth = float(GROWTH) ** min(attempts - 1, GROWING_ATTEMPTS)
    even = min(FIRST_PAUSE * growth, LONGEST_PAUSE)
    return even * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


def give_up() -> None:
    """Fail the deliveries whose process died during their last attempt, or that have had as many as a
    lowered WEBHOOK_ATTEMPTS allows."""
    cut_off = Delivery.objects.filter(
        Q(lease=None) | Q(lease__lte=timezone.now()),
        state=DeliveryState.PENDING,
        attempts__gte=settings.WEBHOOK_ATTEMPTS,
    )
    if cut_off.exists():  # on SQLite an update that matches no row still takes the write lock
        cut_off.update(
            state=DeliveryState.FAILED, ended=timezone.now(), lease=None, problem=CUT_OFF
        )


class Sender:
    """Sends in a few threads of its own, from `start` to `stop`.

    Only web processes start one: a worker, which holds a Docker socket, must not connect to strangers'
    servers.
    """

    def __init__(self, body_of: BodyOf) -> None:
        self._body_of = body_of
        # The first thread polls for due deliveries. It wakes the helpers after each one that it sends,
        # since more may be due then.
        self._helpers = [self._thread(number, seconds=None) for number in range(1, THREADS)]
        self._threads = [self._thread(0, seconds=LOOK_SECONDS), *self._helpers]

    def start(self) -> None:
        """Start sending and return at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the deliveries under way; the others wait for the next start."""
        stop_all(self._threads)

    def _thread(self, number: int, *, seconds: float | None) -> PeriodicThread:
        return PeriodicThread(f"sender-{number}", self._send, seconds=lambda: seconds)

    def _send(self) -> bool:
        if send_next(self._body_of):
            for helper in self._helpers:
                helper.wake()
            return True
        give_up()
        return False
