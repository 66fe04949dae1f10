"""A machine's processors, shared evenly by all that have work for one: simulated, as a scheduler does it
in the limit (processor sharing; Kleinrock, 1967)."""

import heapq
from collections.abc import Callable
from itertools import count

from .clock import Clock


class Processors:
    """A number of processors. Work alone on one takes its own time; more work at once takes longer."""

    def __init__(self, number: float, clock: Clock) -> None:
        self._number = number
        self._clock = clock
        self._done = 0.0
        """What each piece of work that has been there all along has got, seconds of a processor."""
        self._since = 0.0
        self._work: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._version = 0

    def work(self, seconds: float, then: Callable[[], None]) -> None:
        """`seconds` of one processor; calls `then` when they are done."""
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
        """When the next is done, if nothing comes or goes before; what was planned before is void."""
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
