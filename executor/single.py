"""Objects of which a process has one, such as its pool."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Single(Generic[T]):
    """A function that makes an object at its first call, and returns this one from then on; thread-safe.

    With functools.cache, each of the threads that come first would make one. All but one would be
    nobody's: a pool with its sandboxes, for instance.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self.make = make
        self._lock = threading.Lock()
        self._made: list[T] = []

    def __call__(self) -> T:
        with self._lock:
            if not self._made:
                self._made.append(self.make())
            return self._made[0]

    def is_made(self) -> bool:
        return bool(self._made)

    def forget(self) -> None:
        """Make another one at the next call."""
        with self._lock:
            self._made.clear()
