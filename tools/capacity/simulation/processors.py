"""Simulated processors that all work shares evenly (processor sharing; Kleinrock, 1967)."""

import heapq
from collections.abc import Callable
from itertools import count

from .clock import Clock


class Processors:
    """A number of processors. Work takes longer while there is more of it than processors."""

    def __init__(self, number: float, clock: Clock) -> None:
        self._number = number
        self._clock = clock
        self._done = 0.0
        """Seconds of a processor that a piece of work present from the beginning has received."""
        self._since = 0.0
        self._work: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._version = 0

    def work(self, seconds: float, then: Callable[[], None]) -> None:
        """Add work of `seconds` of one processor; call `then` when it is done."""
        self._catch_up()
        heapq.heappush(self._work, (self._done + seconds, next(self._order), then))
        self._plan()

    @property
    def _speed(self) -> float:
        return min(1.0, self._number / len(self._work))

    def _catch_up(self) -> None:
        if self._work:
            self._done += (self._clock.now - self._since) * self._speed
        self._since = self._clock.now

    def _plan(self) -> None:
        """Plan the end of the next piece of work. Every earlier plan becomes void."""
        self._version += 1
        if self._work:
            left = max(0.0, self._work[0][0] - self._done)
            self._clock.after(left / self._speed, self._finish, self._version)

    def _finish(self, version: int) -> None:
        if version != self._version:
            return
        self._catch_up()
        _, _, then = heapq.heappop(self._work)
        self._plan()
        then()
