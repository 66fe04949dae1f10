"""A cache that counts exactly, over threads and processes, for django-ratelimit.

django-ratelimit adds a key and, if it is there already, increments it: two statements. Here `add` does
nothing, and the increment is one statement that also makes the counter (counting.py).
"""

from contextvars import ContextVar
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from . import counting

hits: ContextVar[int] = ContextVar("hits", default=1)
"""For how many hits the next increment counts."""


class CounterCache(BaseCache):
    """A cache of whole numbers, with `add` and `incr` only: counting needs no more."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._expires = 0.0

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Remember the counter's end for the increment that follows, and say that it is there. Each
        thread has a cache of its own."""
        self._expires = self.get_backend_timeout(timeout) or 0.0
        return False

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add to the counter, which begins at 0, and return its value."""
        return counting.add(self.make_key(key, version), delta * hits.get(), expires=self._expires)
