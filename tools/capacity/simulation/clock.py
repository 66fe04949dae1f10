"""Simulated time: what is to happen happens in order, and takes no time itself."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any


class Clock:
    """Runs actions at their times; those for the same moment in the order they were asked for in."""

    def __init__(self) -> None:
        self.now = 0.0
        self._coming: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = count()

    def at(self, when: float, action: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._coming, (when, next(self._number), action, arguments))

    def after(self, seconds: float, action: Callable[..., None], *arguments: Any) -> None:
        self.at(self.now + seconds, action, *arguments)

    def run(self) -> None:
        """Until nothing is to happen any more."""
        while self._coming:
            self.now, _, action, arguments = heapq.heappop(self._coming)
            action(*arguments)
