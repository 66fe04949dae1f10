"""Runs what is queued, one after another, without being told of each."""

import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections

from executor import Busy, Closed, admit

from . import queue
from .exceptions import SandboxUnavailable
from .models import Submission

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Without being woken, the queue is looked at so often: what was put back wakes nobody."""


class Runners:
    """Threads that take from the queue, from `start` to `stop`."""

    def __init__(self, count: int, run: Callable[[Submission], None]) -> None:
        """`run` is called with each submission, which is this process's by then."""
        self._run = run
        self._wanted = threading.Event()
        self._stopping = threading.Event()
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
            self._run(submission)
        return True
