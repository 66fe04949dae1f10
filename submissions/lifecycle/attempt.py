"""One attempt at a submission: run it and store its end."""

import logging
from collections.abc import Callable
from time import sleep
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from executor import Cancellation, EngineError, EventSink, RunRequest, RunResult, execute

from ..telemetry import counters, logs
from . import columns, queue
from .errors import SandboxUnavailable
from .experiments import judged
from .models import Status, Submission, Verdict
from .storage import try_to_settle

T = TypeVar("T")
logger = logging.getLogger(__name__)
FAILED = "The sandbox failed; this is our fault, not your program's"
STORING_PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts to store a result: a database that starts anew takes a few."""
CONNECTION_ERRORS = (OperationalError, InterfaceError)
"""The database is away; any other error is about what is written."""


def run_submission(
    submission: Submission,
    *,
    on_event: EventSink,
    cancellation: Cancellation,
    request: RunRequest | None = None,
) -> Submission:
    """Run a submission that this process holds and store what came of it.

    `request`: what it asks to run, where that is at hand; else it is read from the row.

    Whatever goes wrong, the row does not stay under way: it ends as an internal error at once. Two
    things are tried again: what came from the queue and found no sandbox, or lost it, and what could
    not be stored because the database was away. Raises SandboxUnavailable, which names the submission.
    """
    with logs.about(submission=submission.pk):
        return _run(submission, request, on_event, cancellation)


def _run(
    submission: Submission,
    request: RunRequest | None,
    on_event: EventSink,
    cancellation: Cancellation,
) -> Submission:
    # All that lies between the claim and the end of the row stands in this one `try`.
    try:
        result = execute(
            request or columns.request_of(submission), on_event=on_event, cancellation=cancellation
        )
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
    values = {"status": Status.FINISHED, "finished": timezone.now(), **columns.of_result(result)}
    if submission.experiment:
        values |= judged(submission, result)
    return values


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
    mine = Submission.written.running().filter(pk=submission.pk, attempt=submission.attempt)
    if _persistently(lambda: mine.update(**values)):
        for name, value in values.items():
            setattr(submission, name, value)
        try_to_settle(submission)
        _count(submission)
    else:
        logger.warning("attempt %d at %s came too late", submission.attempt, submission.pk)
        submission.refresh_from_db()  # nobody is to be told what is not stored


def _count(submission: Submission) -> None:
    began = submission.started
    counters.ended(
        language=submission.language,
        verdict=submission.verdict,
        wall_ms=submission.wall_ms,
        waited_seconds=(began - submission.created).total_seconds() if began else None,
    )


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
