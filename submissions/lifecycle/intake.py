"""Create, run and finish submissions. Their rows are written here, while they are queued and leased in
queue.py, and when their content or they themselves have to go in retention.py and erasure.py."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import sleep
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from executor import (
    Cancellation,
    EngineError,
    EventSink,
    Limits,
    RunRequest,
    RunResult,
    ablation_is_allowed,
    execute,
    this_process,
)
from executor.experiments import CATALOGUE, judge

from ..api.errors import SandboxUnavailable
from ..ops import metrics
from ..telemetry import logs
from . import queue, storage
from .idempotency import Once, remember
from .models import Outcome, Status, Submission, Verdict

logger = logging.getLogger(__name__)
T = TypeVar("T")

FAILED = "The sandbox failed; this is our fault, not your program's"
CANCELLED_IN_QUEUE = "Cancelled before it began"
STORING_PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts to store a result: a database that starts anew takes a few."""

CONNECTION_ERRORS = (OperationalError, InterfaceError)
"""The database is away; any other error is about what is written."""
UNKNOWN_EXPERIMENT = {"reason": "The process that ran it does not know this experiment."}


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a submission came from, for the audit."""

    via: str
    client_address: str | None
    user_agent: str
    token_key: str = ""
    once: Once | None = None
    """By which the same request is known when it comes again."""

    def columns(self) -> dict[str, Any]:
        return {
            "via": self.via,
            "client_address": self.client_address,
            "user_agent": self.user_agent,
            "token_key": self.token_key,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a submission is to be run."""

    queued: bool
    """Whoever claims it runs it; otherwise the process that stores it does, at once."""
    waited: bool
    """A client waits for its end."""
    reply_to: str = ""
    """The broker's queue for news of it."""
    streamed: bool = False
    """What it prints is news, too."""


AT_ONCE = Way(queued=False, waited=True)
LATER = Way(queued=True, waited=False)


def submit(
    *,
    user: User,
    run: RunRequest,
    origin: Origin,
    experiment: str = "",
    way: Way = AT_ONCE,
    pk: UUID | None = None,
) -> Submission:
    """Store a submission. Raises what `queue.next_turn` raises, StorageFull, PermissionDenied for a
    weakened sandbox that the user may not have or an account that is closed, and KeyTaken.

    `experiment` names the attack of the catalogue that the run is, if it is one.
    """
    if run.ablation:
        _check_weakened(user, experiment)
    with transaction.atomic():
        _lock(user)
        if way.queued:
            turn = queue.next_turn(user, count=1, waited=way.waited)
        else:
            turn = 0
            queue.check_waited(user)
        submission = _row(user, run, origin, way, turn, experiment)
        if pk is not None:
            submission.pk = pk
        storage.reserve(user, [submission])
        submission.save(force_insert=True)
        if origin.once:
            remember(origin.once, user, submission=submission)
    logs.note(submission.pk)
    return submission


def submit_all(
    *, user: User, runs: Sequence[RunRequest], origin: Origin, way: Way = LATER
) -> list[Submission]:
    """Store all of them as queued, or none. Raises Busy at QUEUE_MAX, TooManyRuns at
    QUEUE_MAX_PER_USER, StorageFull and PermissionDenied for an account that is closed."""
    with transaction.atomic():
        _lock(user)
        first = queue.next_turn(user, count=len(runs), waited=way.waited)
        rows = [_row(user, run, origin, way, first + n) for n, run in enumerate(runs)]
        storage.reserve(user, rows)
        return Submission.objects.bulk_create(rows)


def _lock(user: User) -> None:
    """Counting and storing exclude the user's others: on SQLite because a transaction writes from its
    beginning (IMMEDIATE), on PostgreSQL because the user's row is locked. Raises PermissionDenied if the
    account was closed meanwhile."""
    open_ones = get_user_model().objects.filter(is_active=True)
    if open_ones.select_for_update().only("pk").filter(pk=user.pk).first() is None:
        raise PermissionDenied("Your account is closed.")


def _row(
    user: User, run: RunRequest, origin: Origin, way: Way, turn: int, experiment: str = ""
) -> Submission:
    row = Submission(
        user=user,
        username=user.get_username(),
        language=run.language,
        code=run.code,
        stdin=run.stdin,
        args=list(run.args),
        read_only=run.read_only,
        limits=asdict(run.limits),
        experiment=experiment,
        ablation=run.ablation,
        waited=way.waited,
        turn=turn,
        reply_to=way.reply_to,
        streamed=way.streamed,
        **origin.columns(),
    )
    if not way.queued:
        row.status, row.attempt, row.worker = Status.RUNNING, 1, this_process()
        row.started, row.lease = timezone.now(), queue.lease()
    return row


def run_request(submission: Submission) -> RunRequest:
    """What is to be run, from the row."""
    return RunRequest(
        code=submission.code,
        language=submission.language,
        stdin=submission.stdin,
        args=tuple(submission.args),
        read_only=submission.read_only,
        limits=Limits(**submission.limits),
        ablation=submission.ablation,
    )


def _check_weakened(user: User, experiment: str) -> None:
    """Only experiments, whose programs are known; only by those who may; only where it is allowed."""
    allowed = ablation_is_allowed() and user.has_perm("submissions.run_weakened")
    if not allowed or experiment not in CATALOGUE:
        raise PermissionDenied("You may not run this without one of its layers.")


def run_submission(
    submission: Submission, *, on_event: EventSink, cancellation: Cancellation
) -> Submission:
    """Run a submission that this process holds and store what came of it.

    Whatever goes wrong, the row does not stay under way: it ends as an internal error at once. Two
    things are tried again: what came from the queue and found no sandbox, or lost it, and what could
    not be stored because the database was away. Raises SandboxUnavailable, which names the submission.
    """
    with logs.about(submission=submission.pk):
        return _run(submission, on_event, cancellation)


def _run(submission: Submission, on_event: EventSink, cancellation: Cancellation) -> Submission:
    # All that lies between the claim and the end of the row stands in this one `try`.
    try:
        result = execute(run_request(submission), on_event=on_event, cancellation=cancellation)
        if result.verdict == Verdict.INTERNAL_ERROR and _is_queued_again(submission):
            return submission
        _finish(submission, _values_of(submission, result))
    except EngineError as error:
        if not _is_queued_again(submission):
            _finish(submission, _failure())
        logger.warning("submission %s got no sandbox: %s", submission.pk, error)
        raise SandboxUnavailable(
            f"No sandbox is available (submission {submission.pk})."
        ) from error
    except CONNECTION_ERRORS:
        raise  # nothing can be stored; the lease runs out, and another attempt is made
    except Exception as error:
        raise fail(submission) from error
    return submission


def fail(submission: Submission) -> SandboxUnavailable:
    """End a submission that this process holds as an internal error; return what its client gets.

    For an `except` block: the error at hand is logged.
    """
    logger.exception("submission %s ends as an internal error", submission.pk)
    _finish(submission, _failure())
    return SandboxUnavailable(f"The run failed on our side (submission {submission.pk}).")


def _is_queued_again(submission: Submission) -> bool:
    """Only what came from the queue: whoever ran a submission at once has its client at hand."""
    comes_from_queue = submission.turn > 0 or submission.attempt > 1
    return comes_from_queue and _persistently(lambda: queue.give_back(submission))


def _values_of(submission: Submission, result: RunResult) -> dict[str, object]:
    """The columns that a result fills."""
    values: dict[str, object] = {
        "status": Status.FINISHED,
        "finished": timezone.now(),
        "verdict": Verdict(result.verdict),
        "stdout": result.stdout,
        "stderr": result.stderr,
        "error": result.error or "",
        "exit_code": result.exit_code,
        "signal": result.signal,
        "truncated": result.truncated,
        "evidence": asdict(result.evidence),
        "wall_ms": result.usage.wall_ms,
        "cpu_ms": result.usage.cpu_ms,
        "memory_peak_bytes": result.usage.memory_peak_bytes,
        "image": result.image,
        "sandbox": result.sandbox,
        "warm": result.warm,
    }
    if submission.experiment:
        values |= _judged(submission, result)
    return values


def _judged(submission: Submission, result: RunResult) -> dict[str, object]:
    experiment = CATALOGUE.get(submission.experiment)
    if (
        experiment is None
    ):  # a newer web process knows it: the run is good, only nobody can judge it
        logger.warning("submission %s: no experiment %r here", submission.pk, submission.experiment)
        return {"outcome": Outcome.UNPROVEN, "finding": UNKNOWN_EXPERIMENT}
    finding = judge(experiment, result)
    if finding.outcome == Outcome.BREACH and not submission.ablation:
        # How, in the program's words, is in the row: its output has no place in the log.
        logger.critical("submission %s: %s got through", submission.pk, submission.experiment)
    return {"outcome": Outcome(finding.outcome), "finding": asdict(finding)}


def _failure() -> dict[str, object]:
    return {
        "status": Status.FINISHED,
        "finished": timezone.now(),
        "verdict": Verdict.INTERNAL_ERROR,
        "error": FAILED,
    }


def _finish(submission: Submission, values: dict[str, object]) -> None:
    """Of this attempt only: another may have been begun while this process could not be heard of.

    Raises DataError, IntegrityError, ValueError or OverflowError if the database refuses a value; the
    submission is then as it was.
    """
    values["lease"] = None
    mine = Submission.objects.running().filter(pk=submission.pk, attempt=submission.attempt)
    if _persistently(lambda: mine.update(**values)):
        for name, value in values.items():
            setattr(submission, name, value)
        _settle(submission)
        metrics.ended(submission)
    else:
        logger.warning("attempt %d at %s came too late", submission.attempt, submission.pk)
        submission.refresh_from_db()  # nobody is to be told what is not stored


def _settle(submission: Submission) -> None:
    """The row is stored; what was reserved for it beyond that comes free at midnight at the latest."""
    try:
        storage.settle(submission)
    except DatabaseError:
        logger.warning("the bytes of %s are not settled", submission.pk, exc_info=True)


def _persistently(write: Callable[[], T]) -> T:
    """A result is not lost because the database starts anew. Raises DatabaseError in the end; the
    lease then runs out, and another attempt is made."""
    for pause in STORING_PAUSES:
        try:
            return write()
        except CONNECTION_ERRORS:
            if connection.in_atomic_block:
                raise
            logger.warning("the database is away; trying again in %g s", pause, exc_info=True)
            connection.close()
            sleep(pause)
    return write()


def cancel_queued(submission: Submission) -> bool:
    """End what has not begun. False if it has."""
    ended = {
        "status": Status.FINISHED,
        "finished": timezone.now(),
        "verdict": Verdict.CANCELLED,
        "error": CANCELLED_IN_QUEUE,
    }
    is_ended = Submission.objects.queued().filter(pk=submission.pk).update(**ended) == 1
    if is_ended:
        _settle(submission)
    return is_ended


def withdraw(submission: Submission) -> bool:
    """Remove what no worker has ever claimed, as if it had not been submitted. False if one has."""
    untouched = Submission.objects.queued().filter(pk=submission.pk, attempt=0)
    with transaction.atomic():  # what points to it goes first, and nobody is to claim it meanwhile
        found = untouched.select_for_update().only("pk").first()
        if found is None or not found.delete():
            return False
        storage.release(submission)
        return True
