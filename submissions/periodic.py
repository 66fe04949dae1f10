"""Threads that repeat their work while the process serves."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from django.db import DatabaseError, close_old_connections, connection, connections

logger = logging.getLogger(__name__)

TURN_SECONDS = 0.1
"""How often, in the end, those who wait for SQLite's lock look whether it is free."""
LONGEST_TURN_SECONDS = 2.0


class PeriodicThread:
    """A thread that calls `work` again and again, from `start` to `stop`.

    If `work` returns True, there may be more to do, and it is called again at once. Otherwise the thread
    waits for `seconds()`, or for `wake` if that is None. An exception of `work` is logged, and the thread
    continues.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], bool | None],
        *,
        seconds: Callable[[], float | None],
        last_round: bool = False,
    ) -> None:
        """With `last_round`, `work` is called once more after `stop`, for what came in the meantime."""
        self._stopping = threading.Event()
        self._name = name
        self._work = work
        self._seconds = seconds
        self._last_round = last_round
        self._woken = threading.Event()
        # A daemon, so that a thread that hangs does not keep the process from ending.
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread and return at once."""
        self._thread.start()

    def wake(self) -> None:
        """End the present wait, or skip the next one."""
        self._woken.set()

    def pause(self, seconds: float) -> None:
        """Sleep within `work`; `stop` ends the sleep."""
        self._stopping.wait(seconds)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Return when the present round has ended."""
        stop_all([self])

    def request_stop(self) -> None:
        """Let the present round be the last, and return at once."""
        self._stopping.set()
        self.wake()

    def join(self, seconds: float | None = None) -> None:
        """Wait for the end of the thread, for that time at most."""
        self._thread.join(seconds)

    def _repeat(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()  # before the work, so that a `wake` during it is not lost
            if not self._has_more() and not self._stopping.is_set():
                self._woken.wait(self._seconds())
        if self._last_round:
            self._has_more()
        connections.close_all()  # this thread's own, which nothing else closes

    def _has_more(self) -> bool:
        with errors_logged(self._name):
            close_old_connections()
            return bool(self._work())
        return False


def stop_all(threads: Iterable[PeriodicThread]) -> None:
    """Stop threads together, so that none begins a round while another one ends its last."""
    threads = list(threads)
    for thread in threads:
        thread.request_stop()
    for thread in threads:
        thread.join()


def let_others_write(began: float) -> float:
    """Pause after a transaction of a long job, which began then (monotonic); return the time.

    SQLite has one writer and hands its lock to nobody: those who wait for it look now and then. Without a
    pause they find it taken each time, until they give up.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        sleep(min(max(TURN_SECONDS, monotonic() - began), LONGEST_TURN_SECONDS))
    return monotonic()


@contextmanager
def errors_logged(name: str) -> Iterator[None]:
    """Log an exception of the block, and continue after the block."""
    try:
        yield
    except DatabaseError:
        logger.warning("the database failed %s; trying again later", name, exc_info=True)
        close_old_connections()  # what follows gets one that works
    except Exception:  # the outermost frame of a thread
        logger.exception("unexpected error in %s; continuing", name)
