"""Run a submission once and store its result."""

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from time import sleep
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from executor import (
    LANGUAGES,
    Cancellation,
    CannotNest,
    EngineError,
    EventSink,
    ImageMissing,
    NotOffered,
    RunRequest,
    RunResult,
    execute,
)

from ..files import store
from ..files.sessions import Opened
from ..files.uploads import UploadedFile
from ..telemetry import counters, logs
from . import columns, queue, sessions, statements, storage
from .errors import FAILED, CannotRunHere, SandboxUnavailable
from .experiments import judged
from .models import Status, Submission, Verdict
from .storage import try_to_settle
from .typed import Typist

T = TypeVar("T")
logger = logging.getLogger(__name__)
CANCELLED = "Cancelled; no sandbox gave a result"
STORING_PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts to store a result: a database that restarts takes a few."""
CONNECTION_ERRORS = (OperationalError, InterfaceError)
"""The database is away. Any other error is about the values."""


def run_submission(
    submission: Submission,
    *,
    on_event: EventSink,
    cancellation: Cancellation,
    typist: Typist | None = None,
    request: RunRequest | None = None,
) -> Submission:
    """Run a submission that this process holds, and store the result.

    Without `request`, the request is read from the row.

    After any failure the row ends as an internal error at once, with two exceptions. A submission from
    the queue that gets no sandbox, or loses it, is queued again, unless its language can't run here. A
    result that cannot be stored because the database is away is stored again. Raises SandboxUnavailable,
    which names the submission.
    """
    with logs.about(submission=submission.pk):
        return _run(submission, request, on_event, cancellation, typist)


def _run(
    submission: Submission,
    request: RunRequest | None,
    on_event: EventSink,
    cancellation: Cancellation,
    typist: Typist | None,
) -> Submission:
    # Everything between the claim and the end of the row is in this `try`: any error ends or requeues the
    # row. Only while the database is away does it stay running, until its lease expires.
    try:
        before = sessions.open_for(submission) if submission.session else None
        with typist.typing(submission) if typist else nullcontext():
            result = execute(
                _with_state(_whole(request) or columns.request_of(submission), before),
                # The lab shows a sandbox as it is made: its runs share none.
                owner=None if submission.experiment else submission.user_id,
                on_event=on_event,
                cancellation=cancellation,
                keyboard=typist.keyboard if typist else None,
            )
        is_lost = Verdict(result.verdict) is Verdict.INTERNAL_ERROR
        if is_lost and _requeue(submission, cancellation):
            return submission
        values = _values_of(submission, result) | _keep_files(submission, result)
        if before and result.state:
            has_room = partial(sessions.has_room, submission, before, result.state)
            keep = partial(sessions.keep, has_room=_with_retries(has_room))
            _finish(submission, values, partial(keep, submission, before, result.state))
        else:
            _finish(submission, values)
    except (NotOffered, ImageMissing, CannotNest) as error:
        raise _cannot_run(submission, error) from error
    except EngineError as error:
        if not _requeue(submission, cancellation):
            _finish(submission, _cancelled() if cancellation.requested else _failure())
        logger.warning("submission %s got no sandbox: %s", submission.pk, error)
        raise SandboxUnavailable(
            f"No sandbox is available (submission {submission.pk})."
        ) from error
    except CONNECTION_ERRORS:
        raise  # nothing can be stored; the lease expires, and another attempt begins
    except Exception as error:
        raise fail(submission) from error
    return submission


def _whole(request: RunRequest | None) -> RunRequest | None:
    """Return a request that has the content of its files; None if it has to be read from the row."""
    has_uploads = request and any(isinstance(file, UploadedFile) for file in request.files)
    return None if has_uploads else request


def _with_state(request: RunRequest, before: Opened | None) -> RunRequest:
    """Return the request with the state of its session, if it has one."""
    if before is None:
        return request
    return replace(request, state=before.content, state_bytes=settings.SESSION_BYTES)


def fail(submission: Submission) -> SandboxUnavailable:
    """End a submission that this process holds as an internal error; return the error for its client.

    Call it in an `except` block: it logs the exception that is being handled.
    """
    logger.exception("submission %s ends as an internal error", submission.pk)
    _finish(submission, _failure())
    return SandboxUnavailable(f"The run failed on our side (submission {submission.pk}).")


def _cannot_run(
    submission: Submission, error: NotOffered | ImageMissing | CannotNest
) -> CannotRunHere:
    """End a submission that this site can't run at present; return the error for its client."""
    logger.warning("submission %s can't run: %s", submission.pk, error)
    label = LANGUAGES[submission.language].label
    if isinstance(error, NotOffered):
        reason = f"{label} is not offered on this site any more"
    elif isinstance(error, CannotNest):
        reason = f"This site's machine makes no nested sandboxes ({error})"
    else:
        reason = f"{label} is not built on this site yet; its administrator can do that"
    _finish(submission, _failure(reason))
    return CannotRunHere(f"{reason} (submission {submission.pk}).")


def _requeue(submission: Submission, cancellation: Cancellation) -> bool:
    """Return a submission to the queue; False if it did not come from there, if somebody has cancelled it
    meanwhile, or if `queue.requeue` refuses.

    A submission that was run at once does not: its client is waiting, and can try again.
    """
    comes_from_queue = submission.turn > 0 or submission.attempt > 1
    if not comes_from_queue or cancellation.requested:
        return False
    return _with_retries(lambda: queue.requeue(submission))


def _values_of(submission: Submission, result: RunResult) -> dict[str, object]:
    """Return the columns that a result fills."""
    values = {"status": Status.FINISHED, "finished": timezone.now(), **columns.of_result(result)}
    if submission.experiment:
        values |= judged(submission, result)
    return values


def _keep_files(submission: Submission, result: RunResult) -> dict[str, object]:
    """Store what the run gives back, and return the columns about it.

    Each file is a transaction of its own, so that other requests write in between. Until the row names
    them nobody sees them. What exceeds the user's bytes of the day is left out, and the run is as good.
    """
    if not submission.outputs:
        return {}
    sizes = [len(file.content) for file in result.files]
    count = _with_retries(lambda: storage.fitting(submission, sizes)) if sizes else 0
    kept = result.files[:count]
    for position, file in enumerate(kept):
        add = partial(store.add_made, submission.pk, submission.attempt, position, file.content)
        _with_retries(add)
    over_quota = len(result.files) - count
    return columns.of_files(kept, result.files_left_out, over_quota=over_quota)


def _settle_files(submission: Submission, attempt: int, *, is_current: bool) -> None:
    """Remove what an attempt has made whose result does not count. If that fails, retention does it."""
    try:
        if not is_current:
            store.remove_made(submission.pk, attempt)
        elif attempt > 1:
            store.remove_made_before(submission.pk, attempt)
    except DatabaseError:
        logger.warning("files of submission %s are left", submission.pk, exc_info=True)


def _failure(reason: str = FAILED) -> dict[str, object]:
    return {
        "status": Status.FINISHED,
        "finished": timezone.now(),
        "verdict": Verdict.INTERNAL_ERROR,
        "error": reason,
    }


def _cancelled() -> dict[str, object]:
    """Return the columns of a submission that was cancelled, and whose sandbox failed or never came."""
    return {
        "status": Status.FINISHED,
        "finished": timezone.now(),
        "verdict": Verdict.CANCELLED,
        "error": CANCELLED,
    }


def _finish(
    submission: Submission, values: dict[str, object], keep: Callable[[], Any] | None = None
) -> None:
    """Store the end of this attempt, unless another one has begun because this one's lease expired.

    `keep` stores the state of its session, and describes it.

    Raises DataError, IntegrityError, ValueError or OverflowError if the database refuses a value; the
    submission is then unchanged.
    """
    values["lease"] = None
    attempt = submission.attempt
    is_current = _with_retries(lambda: _store(submission, values, keep))
    if submission.outputs:
        _settle_files(submission, attempt, is_current=is_current)
    if is_current:
        for name, value in values.items():
            setattr(submission, name, value)
        try_to_settle(submission)
        _count(submission)
    else:
        logger.warning(
            "result of attempt %d at submission %s discarded: it is not the current one",
            attempt,
            submission.pk,
        )
        submission.refresh_from_db()  # the client gets only what is stored


def _store(
    submission: Submission, values: dict[str, object], keep: Callable[[], Any] | None
) -> bool:
    """Store the end, and with it the state of the session; False if the attempt does not count.

    It counts too if an earlier try has stored it, and only the database's answer was lost.
    """
    if keep is None:
        return statements.finish(submission, values) or _is_stored(submission, values)
    with transaction.atomic():
        session_end = keep()
        is_current = statements.finish(submission, {**values, "session_end": session_end})
        transaction.set_rollback(not is_current)
        if is_current:
            values["session_end"] = session_end
    return is_current or _is_stored(submission, values)


def _is_stored(submission: Submission, values: Mapping[str, object]) -> bool:
    """Return whether the row holds just this end of this attempt."""
    end = {name: values[name] for name in ("status", "finished")}
    held = Submission.objects.filter(pk=submission.pk, attempt=submission.attempt, **end)
    return bool(held.exists())


def _count(submission: Submission) -> None:
    began = submission.started
    counters.ended(
        language=submission.language,
        verdict=submission.verdict,
        wall_ms=submission.wall_ms,
        waited_seconds=(began - submission.created).total_seconds() if began else None,
    )


def _with_retries(write: Callable[[], T]) -> T:
    """Call `write`, again after each of STORING_PAUSES while the database is away.

    So a restart of the database loses no result. If `write` still raises after the last pause, the lease
    expires, and another attempt begins.
    """
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
