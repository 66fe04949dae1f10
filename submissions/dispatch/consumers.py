"""Threads that take submissions from the queue."""

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack

from django.db import close_old_connections

from executor import Busy, Closed, Threads, admit_any

from ..lifecycle import queue
from ..lifecycle.attempt import fail
from ..lifecycle.errors import CannotRunHere, SandboxUnavailable
from ..lifecycle.models import Submission
from ..periodic import PeriodicThread

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Poll interval; a requeued row sends no notification. Also the pause after a run without a sandbox."""
PLACE_SECONDS = 1.0
"""Longest wait for a place before the queue is read again from its beginning."""
TAKEN_SECONDS = 0.05
"""Pause after another process has claimed the submission that was found here."""


class Consumers:
    """Threads that run queued submissions, from `start` to `stop`: one claims the next, others run it."""

    def __init__(self, count: int, run: Callable[[Submission], None]) -> None:
        """`run` is called with each claimed submission, in one of `count` threads."""
        self._run = run
        self._idle = threading.Semaphore(count)
        self._failed = threading.Event()
        self._threads = Threads(count, "consumer")
        self._finder = PeriodicThread("queue", self._begin, seconds=lambda: LOOK_SECONDS)

    def start(self) -> None:
        """Start looking and return at once."""
        self._finder.start()

    def wake(self) -> None:
        """Look at the queue at once."""
        self._finder.wake()

    def stop(self) -> None:
        """Return when the present runs have ended; queued submissions wait for the next start."""
        self._finder.stop()
        self._threads.shutdown()

    def _begin(self) -> bool:
        """Begin the next submission. False if there is none to begin before the next look."""
        if self._failed.is_set():
            self._failed.clear()
            self._finder.pause(LOOK_SECONDS)
            return True
        try:
            return self._begin_next()
        except Busy:
            return True  # it has waited for a place
        except Closed:
            return False

    def _begin_next(self) -> bool:
        if not self._idle.acquire(timeout=PLACE_SECONDS):
            return True
        with ExitStack() as held:
            held.callback(self._idle.release)
            user = held.enter_context(
                admit_any(queue.users_waiting, most=queue.most_queued(), seconds=PLACE_SECONDS)
            )
            if user is None:
                return False
            submission = queue.claim_next(user=user)
            if submission is None:
                self._finder.pause(TAKEN_SECONDS)
                return True
            place = held.pop_all()
            try:
                self._threads.begin(self._run_in, place, submission)
            except RuntimeError:  # the system has no thread for it at the moment
                place.close()
                if not queue.requeue(submission):
                    raise fail(submission) from None
                raise
        return True

    def _run_in(self, place: ExitStack, submission: Submission) -> None:
        """Run a submission and free its place."""
        with place:
            try:
                close_old_connections()
                self._run(submission)
            except CannotRunHere:
                pass  # stored and logged already; others can run
            except SandboxUnavailable:
                self._failed.set()  # stored and logged already; the next one waits a little
            except Exception:  # the outermost frame of this thread
                logger.exception("submission %s could not be run", submission.pk)
            finally:
                close_old_connections()
