"""A caller's wish to end a run early, from another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancellation:
    """Made by the caller of `execute`, cancelled from any thread, at any time, any number of times."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requested = False
        self._end: Callable[[], None] | None = None

    @property
    def requested(self) -> bool:
        return self._requested

    def cancel(self) -> None:
        """Ends the run, now or as soon as it starts."""
        with self._lock:
            self._requested = True
            if self._end is not None:
                self._end()

    @contextmanager
    def calling(self, end: Callable[[], None]) -> Iterator[None]:
        """Within the block a cancellation calls `end`; one that came before calls it at once."""
        with self._lock:
            self._end = end
            if self._requested:
                end()
        try:
            yield
        finally:
            with self._lock:
                self._end = None
