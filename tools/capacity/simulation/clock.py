"""Simulated time: events happen in order and take no time themselves."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any


class Clock:
    """Runs actions at their times, and those of the same time in the order of the calls."""

    def __init__(self) -> None:
        self.now = 0.0
        self._coming: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = count()

    def at(self, when: float, action: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._coming, (when, next(self._number), action, arguments))

    def after(self, seconds: float, action: Callable[..., None], *arguments: Any) -> None:
        self.at(self.now + seconds, action, *arguments)

    def run(self) -> None:
        """Run until no action is left."""
        while self._coming:
            self.now, _, action, arguments = heapq.heappop(self._coming)
            action(*arguments)
