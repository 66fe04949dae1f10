"""Lets a caller end a run early from another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancellation:
    """A switch that ends one run. The caller of `execute` makes it; any thread may cancel, at any time
    and more than once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requested = False
        self._end: Callable[[], None] | None = None

    @property
    def requested(self) -> bool:
        return self._requested

    def cancel(self) -> None:
        """End the run, now or as soon as it starts."""
        with self._lock:
            self._requested = True
            if self._end is not None:
                self._end()

    @contextmanager
    def calling(self, end: Callable[[], None]) -> Iterator[None]:
        """Call `end` on a cancellation within the block; at once if it came before the block."""
        with self._lock:
            self._end = end
            if self._requested:
                end()
        try:
            yield
        finally:
            with self._lock:
                self._end = None
