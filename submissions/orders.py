"""The desk: all that a door can ask for, in the one order in which it is checked and stored.

A door turns its request into an `Order` and what is made, or refused, into its answer. Rate, idempotency
key, queue, storage, webhook and experiment are dealt with here, the same for each door.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.contrib.auth.models import User
from django.db import transaction

from executor import ExecutorError, RunRequest

from .dispatch.dispatcher import dispatcher
from .dispatch.feed import LiveEvent
from .lifecycle import idempotency
from .lifecycle.errors import NotUnderWay, RateExceeded, refusal_of
from .lifecycle.idempotency import RequestKey
from .lifecycle.intake import Origin
from .lifecycle.models import Batch, BatchEntry, IdempotencyKey, Submission
from .quotas import rates
from .quotas.rates import Rate
from .webhooks.models import Delivery

T = TypeVar("T", Submission, Batch)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a door hands in."""

    user: User
    runs: tuple[RunRequest, ...]
    """One, but for a batch."""
    origin: Origin
    key: RequestKey | None = None
    """By which the same request is known when it is repeated."""
    webhook: str = ""
    """A checked address that is notified of the end; for what is queued."""
    experiment: str = ""
    """The attack of the catalogue that the run is, if it is one."""
    is_counted: bool = False
    """The door has counted the request against the rate already (`count`), before it read the body."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed(Generic[T]):
    """What came of an order."""

    made: T
    is_replay: bool
    """It was made by an earlier request with the same key."""
    rate: Rate | None
    """The user's bucket, if it was counted here."""


def count(user: User) -> Rate:
    """Count a request against the user's rate. Raises RateExceeded."""
    return _allowed(rates.count(user))


def run(order: Order) -> Placed[Submission]:
    """Run one program and return when it has ended. Raises Refused, PermissionDenied.

    A replay may still be under way.
    """

    def make() -> Submission:
        [program] = order.runs
        return dispatcher().submit_and_wait(
            user=order.user,
            run=program,
            origin=order.origin,
            experiment=order.experiment,
            key=order.key,
        )

    return _place(order, make, _submission_of)


def start(order: Order) -> Submission:
    """Start one program and return while it runs; `follow` it. What goes wrong later is stored. Raises
    Refused, PermissionDenied. A start can't be repeated, so it takes no key."""
    with _refusals():
        if not order.is_counted:
            count(order.user)
        [program] = order.runs
        return dispatcher().submit_and_return(user=order.user, run=program, origin=order.origin)


def queue(order: Order) -> Placed[Submission]:
    """Queue one program, with its webhook and key, in one transaction. Raises Refused."""

    def make() -> Submission:
        with transaction.atomic():
            [submission] = dispatcher().submit_later(
                user=order.user, runs=order.runs, origin=order.origin
            )
            if order.webhook:
                Delivery.objects.create(user=order.user, submission=submission, url=order.webhook)
            if order.key:
                idempotency.remember(order.key, order.user, submission=submission)
        return submission

    return _place(order, make, _submission_of)


def queue_batch(order: Order) -> Placed[Batch]:
    """Queue all programs or none; each counts against the rate. Raises as `queue`, and MoreThanADay."""
    rate: Rate | None = None

    def make() -> Batch:
        nonlocal rate
        with transaction.atomic():  # who counts at the same time waits for its end
            rate = _take(order.user, len(order.runs) - 1)
            submissions = dispatcher().submit_later(
                user=order.user, runs=order.runs, origin=order.origin
            )
            batch = Batch.objects.create(user=order.user)
            BatchEntry.objects.bulk_create(
                BatchEntry(batch=batch, submission=submission, position=position)
                for position, submission in enumerate(submissions)
            )
            if order.webhook:
                Delivery.objects.create(user=order.user, batch=batch, url=order.webhook)
            if order.key:
                idempotency.remember(order.key, order.user, batch=batch)
        return batch

    placed = _place(order, make, _batch_of)
    return Placed(made=placed.made, is_replay=placed.is_replay, rate=rate or placed.rate)


def cancel(submission: Submission) -> Submission:
    """End a submission that is queued or runs. Raises NotUnderWay."""
    with _refusals():
        return dispatcher().cancel(submission)


def cancel_batch(batch: Batch) -> None:
    """End what has not finished: what is queued first, and of it the last first, so that nothing begins
    in a slot that becomes free here."""
    under_way = Submission.objects.in_flight().filter(batch_entry__batch=batch)
    for submission in under_way.order_by("status", "-batch_entry__position"):
        with suppress(NotUnderWay):  # it has just ended by itself
            cancel(submission)


def follow(submission: Submission) -> Iterator[LiveEvent | None]:
    """Yield what it prints from its beginning until it has finished; None for a silence of a second."""
    return dispatcher().follow(submission)


def abandon(submission: Submission) -> None:
    """Let a started submission end: nobody follows it any more."""
    dispatcher().abandon(submission)


def _place(order: Order, make: Callable[[], T], made: Callable[[IdempotencyKey], T]) -> Placed[T]:
    with _refusals():
        rate = None if order.is_counted else count(order.user)
        result, is_replay = idempotency.make_once(order.key, order.user, make, made)
    return Placed(made=result, is_replay=is_replay, rate=rate)


@contextmanager
def _refusals() -> Iterator[None]:
    """Translate the executor's refusals, so that a door meets one tree of exceptions only."""
    try:
        yield
    except ExecutorError as error:
        if (refusal := refusal_of(error)) is None:
            raise
        raise refusal from error


def _take(user: User, more: int) -> Rate | None:
    """Count `more` submissions of a request that has been counted once. Raises RateExceeded; the caller's
    transaction then takes the count back."""
    rate = None
    for _ in range(more):
        rate = rates.count(user)
        if rate.is_exceeded:
            raise RateExceeded(
                f"Not that many submissions are left of {rate.limit}.",
                retry_after=rate.reset_seconds,
            )
    return rate


def _allowed(rate: Rate) -> Rate:
    if rate.is_exceeded:
        raise RateExceeded("Request was throttled.", retry_after=rate.reset_seconds)
    return rate


def _submission_of(known: IdempotencyKey) -> Submission:
    assert known.submission is not None  # noqa: S101 - the digest holds the path
    return known.submission


def _batch_of(known: IdempotencyKey) -> Batch:
    assert known.batch is not None  # noqa: S101 - the digest holds the path
    return known.batch
