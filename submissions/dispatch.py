"""Gets a submission run, lets others follow it, and ends it on request: all in this process.

The place is taken before anything is stored: overload leaves no trace, and what was accepted runs.
"""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from executor import RunEvent, RunRequest, admit

from . import live
from .exceptions import NotUnderWay, SandboxUnavailable
from .models import Status, Submission
from .services import Origin, run_submission, submit

logger = logging.getLogger(__name__)

END_SECONDS = 10.0
"""How long a cancelled run is waited for; ending takes milliseconds unless the machine is crowded."""


def submit_and_wait(
    *, user: User, run: RunRequest, origin: Origin, experiment: str = ""
) -> Submission:
    """A finished submission, run here, in the caller's thread. Raises Closed, Busy, TooManyRuns
    (nothing stored) or SandboxUnavailable."""
    with admit():
        submission = submit(user=user, run=run, origin=origin, experiment=experiment)
        with live.entered(submission.pk) as watched:
            return _run(submission, run, watched)


def submit_and_return(*, user: User, run: RunRequest, origin: Origin) -> Submission:
    """A submission that runs in another thread, which no slow reader can hold up. Raises Closed,
    Busy or TooManyRuns; what goes wrong later is stored."""
    with ExitStack() as held:
        held.enter_context(admit())
        submission = submit(user=user, run=run, origin=origin)
        watched = held.enter_context(live.entered(submission.pk))
        _threads().submit(_run_and_leave, submission, run, watched, held.pop_all())
    return submission


@cache
def _threads() -> ThreadPoolExecutor:
    """A thread a stream: they are kept, since each has its own connection to the engine."""
    return ThreadPoolExecutor(settings.STREAM_MAX, thread_name_prefix="run")


def _run_and_leave(
    submission: Submission, run: RunRequest, watched: live.LiveRun, held: ExitStack
) -> None:
    try:
        with held:
            _run(submission, run, watched)
    except SandboxUnavailable:
        pass  # stored, and logged, by services
    except Exception:
        logger.exception("submission %s could not be run", submission.pk)
    finally:
        connection.close()


def _run(submission: Submission, run: RunRequest, watched: live.LiveRun) -> Submission:
    return run_submission(
        submission, run, on_event=watched.publish, cancellation=watched.cancellation
    )


def follow(submission: Submission) -> Iterator[RunEvent | None]:
    """What it printed from its beginning, then as it comes, until it is finished; None for a silence,
    once a second. Of one that is not under way here, what was stored."""
    watched = live.find(submission.pk)
    if watched is not None:
        yield from watched.follow()
        submission.refresh_from_db()
        return
    submission.refresh_from_db()
    while submission.status != Status.FINISHED:  # it is another process's
        yield None
        threading.Event().wait(live.SILENCE_SECONDS)
        submission.refresh_from_db()
    if submission.stdout:
        yield RunEvent(stream="stdout", text=submission.stdout)
    if submission.stderr:
        yield RunEvent(stream="stderr", text=submission.stderr)


def abandon(submission: Submission) -> None:
    """Nobody waits for it any more: ends its run if that is still under way."""
    if watched := live.find(submission.pk):
        watched.cancellation.cancel()


def cancel(submission: Submission) -> Submission:
    """Ends its run and returns it, finished unless that takes very long. Raises NotUnderWay."""
    watched = live.find(submission.pk)
    if watched is None:
        submission.refresh_from_db()
        is_over = submission.status == Status.FINISHED
        raise NotUnderWay("It is finished." if is_over else "Another process runs it.")
    watched.cancellation.cancel()
    watched.wait(END_SECONDS)
    submission.refresh_from_db()
    return submission
