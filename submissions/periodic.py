"""Threads that repeat their work for as long as the process serves."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, close_old_connections, connections

logger = logging.getLogger(__name__)


class PeriodicThread:
    """A thread that calls `work` again and again, from `start` to `stop`.

    `work` returns True if there may be more to do, and is then called again at once. Otherwise the thread
    waits for `seconds()`, or for `wake` if that is None. An exception of `work` is logged and ends no
    thread.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], bool | None],
        *,
        seconds: Callable[[], float | None],
        last_round: bool = False,
    ) -> None:
        """`last_round`: work once more after `stop` was called, for what came in the meantime."""
        self._stopping = threading.Event()
        self._name = name
        self._work = work
        self._seconds = seconds
        self._last_round = last_round
        self._woken = threading.Event()
        # Daemon: a thread that hangs does not keep the process from ending.
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread and return at once."""
        self._thread.start()

    def wake(self) -> None:
        """End the present wait, or skip the next one."""
        self._woken.set()

    def pause(self, seconds: float) -> None:
        """Wait within `work`, but not beyond `stop`."""
        self._stopping.wait(seconds)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Return when the present round has ended."""
        stop_all([self])

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
            return bool(self._work())
        return False


def stop_all(threads: Iterable[PeriodicThread]) -> None:
    """Stop them together, so that no thread begins a round while another one ends its last."""
    threads = list(threads)
    for thread in threads:
        thread._stopping.set()
        thread.wake()
    for thread in threads:
        thread._thread.join()


@contextmanager
def errors_logged(name: str) -> Iterator[None]:
    """Log what the block raises, and continue behind it."""
    try:
        close_old_connections()
        yield
    except DatabaseError:
        logger.warning("the database failed %s; trying again later", name, exc_info=True)
    except Exception:  # the outermost frame of a thread
        logger.exception("unexpected error in %s; continuing", name)
