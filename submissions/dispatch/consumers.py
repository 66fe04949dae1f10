"""Runs what is queued, without being told of each: one thread looks for the next, others run it."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from django.db import DatabaseError, close_old_connections

from executor import Busy, Closed, admit_any

from ..lifecycle import queue
from ..lifecycle.attempt import fail
from ..lifecycle.errors import SandboxUnavailable
from ..lifecycle.models import Submission

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Without being woken, the queue is looked at so often: what was put back wakes nobody."""
PLACE_SECONDS = 1.0
"""A wait for a place is this long at most before the queue is looked at from its beginning."""
TAKEN_SECONDS = 0.05
"""Pause where another process has just taken what was found here."""


class Runners:
    """Threads that take from the queue, from `start` to `stop`."""

    def __init__(self, count: int, run: Callable[[Submission], None]) -> None:
        """`run` is called with each submission, which is this process's by then; in `count` threads."""
        self._run = run
        self._idle = threading.Semaphore(count)
        self._wanted = threading.Event()
        self._failed = threading.Event()
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="runner")
        self._finder = threading.Thread(target=self._work, name="queue", daemon=True)

    def start(self) -> None:
        """Returns at once."""
        self._finder.start()

    def wake(self) -> None:
        self._wanted.set()

    def stop(self) -> None:
        """What runs ends first; what is queued waits for the next start."""
        self._stopping.set()
        self._wanted.set()
        self._finder.join()
        self._threads.shutdown()

    def _work(self) -> None:
        while not self._stopping.is_set():
            if not self._begin():
                self._wanted.wait(LOOK_SECONDS)
                self._wanted.clear()
            if self._failed.is_set():
                self._failed.clear()
                self._stopping.wait(LOOK_SECONDS)
        close_old_connections()

    def _begin(self) -> bool:
        """Begins the next one. False if there is none to begin before the next look at the queue."""
        try:
            close_old_connections()
            return self._begin_next()
        except Busy:
            return True  # it has waited
        except Closed:
            return False
        except DatabaseError:
            logger.warning("the queue can't be read", exc_info=True)
        except Exception:  # the outermost frame of this thread
            logger.exception("the queue's thread failed")
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
                self._stopping.wait(TAKEN_SECONDS)
                return True
            left = held.pop_all()
            try:
                self._threads.submit(self._run_and_leave, submission, left)
            except RuntimeError:  # the system has no thread for it at the moment
                left.close()
                if not queue.give_back(submission):
                    raise fail(submission) from None
                raise
        return True

    def _run_and_leave(self, submission: Submission, held: ExitStack) -> None:
        with held:
            try:
                close_old_connections()
                self._run(submission)
            except SandboxUnavailable:
                self._failed.set()  # stored and logged by services; the next one waits a little
            except Exception:  # the outermost frame of this thread
                logger.exception("submission %s could not be run", submission.pk)
            finally:
                close_old_connections()
