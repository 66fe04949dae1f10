"""How many runs may be under way at once in this process, and how long a caller waits for a place.

Asked before anything is stored, so that overload leaves no trace and an accepted run never fails
for want of room.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from math import ceil

from .conf import config
from .errors import Busy
from .gate import gate


class Admission:
    """A bounded number of places and a bounded queue for them; thread-safe."""

    def __init__(self, *, places: int, waiting: int, seconds: float) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._queue = threading.BoundedSemaphore(waiting) if waiting else None
        self._seconds = seconds

    @contextmanager
    def place(self) -> Iterator[None]:
        """Holds a place within the block. Raises Busy."""
        if not self._places.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._places.release()

    def _wait(self) -> None:
        retry_after = max(1, ceil(self._seconds))
        if self._queue is None or not self._queue.acquire(blocking=False):
            raise Busy("too many runs are under way and waiting", retry_after=retry_after)
        try:
            if not self._places.acquire(timeout=self._seconds):
                raise Busy("too many runs are under way", retry_after=retry_after)
        finally:
            self._queue.release()


@cache
def _admission() -> Admission:
    return Admission(
        places=config().max_runs, waiting=config().max_waiting, seconds=config().queue_seconds
    )


@contextmanager
def admit() -> Iterator[None]:
    """Holds one of the service's places for a run within the block. Raises Busy, or Closed."""
    gate().enter()
    with _admission().place():
        yield
