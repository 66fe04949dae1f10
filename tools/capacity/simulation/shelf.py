"""The waiting sandboxes of one language, as the pool keeps them, in simulated time.

Left out: that what was not used for a minute is given up again, and sandboxes that die.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .clock import Clock
from .processors import Processors

BEHIND_SECONDS = 0.02
"""As in executor/pool/pool.py: refill stands back for so long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandboxes:
    """How many wait, and what they cost; work is seconds of one processor."""

    floor: int
    """So many wait at the beginning, and whenever nothing happens."""
    most: int
    """Callers who find none raise the number that should wait up to this."""
    start_work: float
    remove_work: float
    starters: int = 4
    """So many are started at a time."""


class Shelf:
    """Gives out sandboxes, replaces them, and removes what was used."""

    def __init__(self, sandboxes: Sandboxes, clock: Clock, processors: Processors) -> None:
        self._sandboxes = sandboxes
        self._clock = clock
        self._processors = processors
        self._ready = self._target = sandboxes.floor
        self._starting = 0
        self._callers: deque[Callable[[bool], None]] = deque()

    def remove(self) -> None:
        """One that was used, behind the caller's back."""
        self._processors.work(self._sandboxes.remove_work, lambda: None)

    def take(self, then: Callable[[bool], None]) -> None:
        """Calls `then`, with whether it had waited, when there is a sandbox: now or later."""
        if warm := self._ready > 0:
            self._ready -= 1
        else:
            self._target = min(self._target + 1, self._sandboxes.most)
            self._callers.append(then)
        self._start_more()
        if warm:
            then(True)

    def _start_more(self) -> None:
        while self._starting < self._sandboxes.starters:
            is_wanted = len(self._callers) > self._starting
            if not is_wanted and self._target <= self._ready + self._starting:
                return
            self._starting += 1
            self._clock.after(0.0 if is_wanted else BEHIND_SECONDS, self._start)

    def _start(self) -> None:
        self._processors.work(self._sandboxes.start_work, self._deliver)

    def _deliver(self) -> None:
        self._starting -= 1
        if self._callers:
            self._callers.popleft()(False)
        else:
            self._ready += 1
        self._start_more()
