"""Runs in this process, one after another, what was submitted for later."""

import logging
import threading
from functools import cache

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from executor import Busy, Closed, admit

from . import live, queue
from .exceptions import SandboxUnavailable
from .services import run_submission

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Without being woken, the queue is looked at so often: what was put back wakes nobody."""


class Runners:
    """Threads that take from the queue, from `start` to `stop`: half as many as there are places, so
    that who waits for an answer always finds one that comes free."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        count = max(1, settings.EXECUTOR_MAX_RUNS // 2)
        self._threads = [
            threading.Thread(target=self._work, name=f"runner-{number}", daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        """Returns at once."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        self._wanted.set()

    def stop(self) -> None:
        """What runs ends first; what is queued waits for the next start."""
        self._stopping.set()
        self._wanted.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                close_old_connections()
                more = self._run_next()
            except (Busy, Closed, SandboxUnavailable):
                more = False  # later
            except DatabaseError:
                logger.warning("the queue can't be read", exc_info=True)
                more = False
            except Exception:  # the outermost frame of this thread
                logger.exception("a runner stumbled")
                more = False
            if not more:
                self._wanted.wait(LOOK_SECONDS)
                self._wanted.clear()
        close_old_connections()

    def _run_next(self) -> bool:
        """Whether there was anything to run."""
        if not queue.lengths():
            return False
        with admit():
            submission = queue.claim_next()
            if submission is None:
                return False
            self._wanted.set()  # there may be more, for another thread
            with live.entered(submission.pk) as watched:
                run_submission(
                    submission, on_event=watched.publish, cancellation=watched.cancellation
                )
        return True


@cache
def runners() -> Runners:
    """This process's, started."""
    made = Runners()
    made.start()
    return made
