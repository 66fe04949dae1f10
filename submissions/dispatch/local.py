"""Everything in this process: its own pool runs what it accepts.

Where a client waits, the place is taken before anything is stored: overload leaves no trace, and what
was accepted runs. What is submitted for later waits in the database for a thread of consumers.py.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from time import monotonic, sleep

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction

from executor import EngineError, Language, RunRequest, admit, runtime_version, this_process
from executor import gate_state as gate_state
from executor import pool_state as pool_state

from ..lifecycle import queue
from ..lifecycle.attempt import fail, run_submission
from ..lifecycle.errors import NotUnderWay, SandboxUnavailable
from ..lifecycle.idempotency import Once
from ..lifecycle.intake import Origin, cancel_queued, submit, submit_all
from ..lifecycle.models import Status, Submission
from ..telemetry import logs
from . import active, feed, host
from .consumers import Runners
from .feed import LiveEvent, stored_output
from .heartbeat import Keeper

logger = logging.getLogger(__name__)

END_SECONDS = 10.0
"""How long a cancelled run is waited for; ending takes milliseconds unless the machine is crowded."""
ENTER_SECONDS = 0.5
"""From the claim of a run to its entry in feed.py, which are microseconds apart."""


@cache
def runners() -> Runners:
    """This process's, started: as many threads as there are places."""
    made = Runners(settings.EXECUTOR_MAX_RUNS + settings.EXECUTOR_EXTRA_RUNS, _run_queued)
    made.start()
    return made


def _run_queued(submission: Submission) -> None:
    with active.entered(submission.pk) as watched:
        _run(submission, watched)


@cache
def keeper() -> Keeper:
    """This process's, started."""
    made = Keeper(afterwards=runners().wake)
    made.start()
    return made


def start() -> None:
    host.start()
    keeper()


def stop() -> None:
    """What is queued waits for the next start."""
    runners().stop()
    keeper().stop()
    host.stop()


def reaches_broker() -> None:
    return None


def runtime(language: Language) -> str:
    try:
        return runtime_version(language)
    except EngineError:
        return ""


def submit_and_wait(
    *,
    user: User,
    run: RunRequest,
    origin: Origin,
    experiment: str = "",
    key: Once | None = None,
) -> Submission:
    """Runs in the caller's thread."""
    with _place(user):
        submission = submit(user=user, run=run, origin=origin, experiment=experiment, key=key)
        with active.entered(submission.pk) as watched:
            return _run(submission, watched)


def submit_and_return(*, user: User, run: RunRequest, origin: Origin) -> Submission:
    """Runs in another thread, which no slow reader can hold up."""
    with ExitStack() as held:
        held.enter_context(_place(user))
        submission = submit(user=user, run=run, origin=origin)
        watched = held.enter_context(active.entered(submission.pk))
        left = held.pop_all()
        try:
            _threads().submit(logs.in_this_context(_run_and_leave), submission, watched, left)
        except RuntimeError as error:  # no thread, or this process is stopping
            left.close()
            raise fail(submission) from error
    return submission


@contextmanager
def _place(user: User) -> Iterator[None]:
    """For a run that a client waits for."""
    queue.check_waited(
        user
    )  # who may not run any more need not wait; `submit` looks again, exactly
    with admit(user.pk, most=queue.most_waited()):
        yield


def submit_later(*, user: User, runs: Sequence[RunRequest], origin: Origin) -> list[Submission]:
    submissions = submit_all(user=user, runs=runs, origin=origin)
    transaction.on_commit(runners().wake)  # the caller may have more to store with them
    return submissions


@cache
def _threads() -> ThreadPoolExecutor:
    """A thread for each place: they are kept, since each has its own connection to the engine."""
    places = settings.EXECUTOR_MAX_RUNS + settings.EXECUTOR_EXTRA_RUNS
    return ThreadPoolExecutor(places, thread_name_prefix="run")


def _run_and_leave(submission: Submission, watched: feed.LiveRun, held: ExitStack) -> None:
    try:
        with held:
            _run(submission, watched)
    except SandboxUnavailable:
        pass  # stored, and logged, by services
    except Exception:
        logger.exception("submission %s could not be run", submission.pk)
    finally:
        connection.close()


def _run(submission: Submission, watched: feed.LiveRun) -> Submission:
    return run_submission(submission, on_event=watched.publish, cancellation=watched.cancellation)


def follow(submission: Submission) -> Iterator[LiveEvent | None]:
    heard = False
    while True:
        watched = active.find(submission.pk)
        if watched is not None:
            if heard:
                yield feed.RESTART
            heard = True
            yield from watched.follow()
        submission.refresh_from_db()
        if submission.status == Status.FINISHED:
            break
        yield None  # it is queued
        threading.Event().wait(feed.PAUSE_SECONDS if heard else feed.SILENCE_SECONDS)
    if not heard:
        yield from stored_output(submission)


def abandon(submission: Submission) -> None:
    if watched := active.find(submission.pk):
        watched.cancellation.cancel()


def _watched(submission: Submission) -> feed.LiveRun | None:
    """Its run, if that is here; one that was claimed this very moment is waited for."""
    give_up = monotonic() + ENTER_SECONDS
    while (found := active.find(submission.pk)) is None:
        submission.refresh_from_db()
        is_here = submission.status == Status.RUNNING and submission.worker == this_process()
        if not is_here or monotonic() > give_up:
            break
        sleep(feed.PAUSE_SECONDS)
    return found


def cancel(submission: Submission) -> Submission:
    if not cancel_queued(submission):
        watched = _watched(submission)
        if watched is None:
            is_over = submission.status == Status.FINISHED
            raise NotUnderWay("It is finished." if is_over else "Another process runs it.")
        watched.cancellation.cancel()
        watched.wait(END_SECONDS)
    submission.refresh_from_db()
    return submission
