"""The desk: every operation on runs that a door offers, checked and stored in the same order for all.

A door turns its request into an `Order`, and the result or the refusal into its answer. This module
handles rate limit, idempotency key, isolation, queue, storage, webhook and experiment.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

from django.contrib.auth.models import User
from django.db import transaction

from executor import Admission, Busy, ExecutorError, RunRequest

from .accounts.isolation import isolated
from .dispatch.dispatcher import dispatcher
from .dispatch.feed import LiveEvent
from .lifecycle import idempotency, typed
from .lifecycle.errors import NotUnderWay, RateExceeded, refusal_of
from .lifecycle.idempotency import IdempotencyKey, RequestKey
from .lifecycle.intake import Also, Origin
from .lifecycle.models import Batch, BatchEntry, Submission, SubmissionQuerySet
from .lifecycle.typed import Taken
from .quotas import rates
from .quotas.rates import Rate
from .webhooks import deliveries

T = TypeVar("T", Submission, Batch)

ENDING_MAX, ENDING_MAX_PER_USER = 4, 2
"""Requests of a process that wait for the end of what they cancel. Each holds one of the threads that are
kept free for pages (config/shares.py), so they are half of these at most."""
END_SECONDS = 10.0
"""How long such a request waits. The end takes milliseconds unless the machine is overloaded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A request for runs, without HTTP."""

    user: User
    runs: tuple[RunRequest, ...]
    """One program, or those of a batch."""
    origin: Origin
    key: RequestKey | None = None
    """The idempotency key, if the request has one."""
    webhook: str = ""
    """A checked address that is notified of the end; for queued runs only."""
    experiment: str = ""
    """Slug of the lab's experiment, or empty."""
    also: Also | None = None
    """Stores what belongs to the run that `run` makes, in the same transaction."""
    is_counted: bool = False
    """The door has already counted the request (`count`), before it read the body."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed(Generic[T]):
    """The result of an order."""

    made: T
    is_replay: bool
    """An earlier request with the same key made it."""
    rate: Rate | None
    """State of the user's rate limit, if the request was counted here."""


def count(user: User, submissions: int = 1) -> Rate:
    """Count a request against the user's rate limit, as that many. Raises RateExceeded."""
    rate = rates.count(user, submissions)
    if rate.is_exceeded:
        raise RateExceeded(rate.sentence, retry_after=rate.reset_seconds)
    return rate


def run(order: Order) -> Placed[Submission]:
    """Run one program and return when it has ended. Raises Refused, PermissionDenied.

    The submission of a replay may still be under way.
    """

    def make() -> Submission:
        [program] = isolated(order.user, order.runs)
        return dispatcher().submit_and_wait(
            user=order.user,
            run=program,
            origin=order.origin,
            experiment=order.experiment,
            key=order.key,
            also=order.also,
        )

    return _place(order, make, _submission_of)


def start(order: Order) -> Placed[Submission]:
    """Start one program and return while it runs; then `follow` it. Raises Refused, PermissionDenied.

    Later errors are stored as the submission's result. For a new submission, call `leave` or `abandon`
    when its client has its answer or has disconnected: in the distributed mode that frees a place.
    """

    def make() -> Submission:
        [program] = isolated(order.user, order.runs)
        return dispatcher().submit_and_return(
            user=order.user, run=program, origin=order.origin, key=order.key
        )

    return _place(order, make, _submission_of)


def queue(order: Order) -> Placed[Submission]:
    """Queue one program, with its webhook and key, in one transaction. Raises Refused."""

    def make() -> Submission:
        with transaction.atomic():
            [submission] = dispatcher().submit_later(
                user=order.user, runs=isolated(order.user, order.runs), origin=order.origin
            )
            if order.webhook:
                deliveries.add(order.user, order.webhook, submission=submission)
            if order.key:
                idempotency.remember(order.key, order.user, submission=submission)
        return submission

    return _place(order, make, _submission_of)


def queue_batch(order: Order) -> Placed[Batch]:
    """Queue all programs or none; each counts against the rate. Raises as `queue`, and MoreThanADay."""
    rate: Rate | None = None

    def make() -> Batch:
        nonlocal rate
        with transaction.atomic():  # the same user's next request waits for its end to count
            rate = _count_more(order.user, len(order.runs) - 1)
            submissions = dispatcher().submit_later(
                user=order.user, runs=isolated(order.user, order.runs), origin=order.origin
            )
            batch = Batch.objects.create(user=order.user)
            BatchEntry.objects.bulk_create(
                BatchEntry(batch=batch, submission=submission, position=position)
                for position, submission in enumerate(submissions)
            )
            if order.webhook:
                deliveries.add(order.user, order.webhook, batch=batch)
            if order.key:
                idempotency.remember(order.key, order.user, batch=batch)
        return batch

    placed = _place(order, make, _batch_of)
    if placed.is_replay:
        rate = None  # if `make` has counted, that was rolled back
    return Placed(made=placed.made, is_replay=placed.is_replay, rate=rate or placed.rate)


def count_input(user: User) -> None:
    """Count a request with input against the user's rate of these. Raises RateExceeded."""
    rate = rates.count_input(user)
    if rate.is_exceeded:
        raise RateExceeded(
            "You're sending input too fast for this site.", retry_after=rate.reset_seconds
        )


def type_to(submission: Submission, text: str, *, is_end: bool) -> Taken:
    """Add to the input of an interactive run, once `count_input` has passed. Raises Refused."""
    taken = typed.add(submission, text, is_end=is_end)
    dispatcher().tell_typed(submission)
    return taken


def cancel(submission: Submission) -> Submission:
    """End a submission that is queued or runs, and wait for its end. Raises NotUnderWay.

    It may still run: the end takes long, or too many requests wait for one.
    """
    with _refusals(), _time_to_end(submission.user_id) as seconds:
        return dispatcher().cancel(submission, seconds)


@cache
def _endings() -> Admission:
    return Admission(places=ENDING_MAX, waiting=0, seconds=0)


@contextmanager
def _time_to_end(user_id: int) -> Iterator[float]:
    """Yield how long a request may wait for ends within the block, in seconds."""
    with ExitStack() as held:
        try:
            held.enter_context(_endings().place(user_id, most=ENDING_MAX_PER_USER))
        except Busy:
            yield 0.0
        else:
            yield END_SECONDS


def cancel_batch(batch: Batch) -> None:
    """End the submissions of a batch that have not finished.

    Queued ones come first, from last to first, so that none of them starts in a place that this frees.
    """
    under_way = Submission.objects.in_flight().filter(batch_entry__batch=batch)
    _cancel_each(under_way.order_by("status", "-batch_entry__position"))


def cancel_all(user: User) -> int:
    """End all of a user's submissions that have not finished; return how many were ended."""
    return _cancel_each(
        Submission.objects.in_flight().filter(user=user).order_by("status", "-turn")
    )


def close_runs(user: User) -> int:
    """End what a closed account still has: its runs, and the containers that wait for its next run.

    Call this after the account's end is committed. Return how many runs were ended.
    """
    count = cancel_all(user)
    dispatcher().retire_slots(user)
    return count


def _cancel_each(under_way: SubmissionQuerySet) -> int:
    count = 0
    for submission in under_way:
        with suppress(NotUnderWay):  # it has ended by itself meanwhile
            cancel(submission)
            count += 1
    return count


def follow(submission: Submission) -> Iterator[LiveEvent | None]:
    """Yield the output from the beginning until the run has finished; None after a second of silence."""
    return dispatcher().follow(submission)


def wait(submission: Submission, seconds: float) -> None:
    """Return when the run has finished, or after that time. `submission` is refreshed.

    Raises Submission.DoesNotExist if it was removed meanwhile.
    """
    dispatcher().wait(submission, seconds)


def leave(submission: Submission) -> None:
    """Let a started submission run on after its client has disconnected."""
    dispatcher().leave(submission)


def abandon(submission: Submission) -> None:
    """End a started submission whose client has disconnected."""
    dispatcher().abandon(submission)


def _place(order: Order, make: Callable[[], T], made: Callable[[IdempotencyKey], T]) -> Placed[T]:
    """Count the request, then make the result or find the one of an earlier request with this key."""
    with _refusals():
        rate = None if order.is_counted else count(order.user)
        result, is_replay = idempotency.make_once(order.key, order.user, make, made)
    return Placed(made=result, is_replay=is_replay, rate=rate)


@contextmanager
def _refusals() -> Iterator[None]:
    """Translate the executor's refusals, so that a door handles one tree of exceptions only."""
    try:
        yield
    except ExecutorError as error:
        if (refusal := refusal_of(error)) is None:
            raise
        raise refusal from error


def _count_more(user: User, more: int) -> Rate | None:
    """Count `more` submissions of a request that has already been counted once. Raises RateExceeded, and
    the rollback of the caller's transaction undoes the count."""
    if more == 0:
        return None
    rate = rates.count(user, more)
    if rate.is_exceeded:
        raise RateExceeded(
            f"This batch exceeds your rate limit of {rate.limit} submissions.",
            retry_after=rate.reset_seconds,
        )
    return rate


def _submission_of(known: IdempotencyKey) -> Submission:
    assert known.submission is not None  # noqa: S101 - the digest holds the path
    return known.submission


def _batch_of(known: IdempotencyKey) -> Batch:
    assert known.batch is not None  # noqa: S101 - the digest holds the path
    return known.batch
