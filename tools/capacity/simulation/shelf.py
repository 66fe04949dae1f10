"""The idle sandboxes of one language, in simulated time.

The pool's own code (executor/pool/idle.py) decides with its own constants which sandbox starts next and
how many should be idle. This module simulates the starter threads as events. It leaves out the removal
of idle sandboxes after a period without demand, and sandboxes that die.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from executor.languages import LANGUAGES
from executor.pool.idle import Idle
from executor.pool.starters import REFILL_DELAY_SECONDS, STARTERS
from executor.sandbox.container import Sandbox

from .clock import Clock
from .processors import Processors

IDLE = cast(Sandbox, object())
"""The stand-in for every sandbox: the simulation only counts them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandboxes:
    """The number of idle sandboxes and their cost. Work is seconds of one processor."""

    floor: int
    """The number of idle sandboxes of each language at rest, before `idle_share`."""
    memory_bytes: int
    """The most memory of all idle sandboxes. Demand raises their number up to this."""
    start_work: float
    remove_work: float
    language: str = "python"
    starters: int = STARTERS


class Shelf:
    """Gives out sandboxes, replaces them, and removes used ones."""

    def __init__(self, sandboxes: Sandboxes, clock: Clock, processors: Processors) -> None:
        self._sandboxes = sandboxes
        self._clock = clock
        self._processors = processors
        self._idle = Idle(LANGUAGES, floor=sandboxes.floor, memory_bytes=sandboxes.memory_bytes)
        for idle in self._idle.of.values():
            idle.sandboxes.extend([IDLE] * idle.floor)
        self._free_starters = sandboxes.starters
        self._delayed: set[int] = set()
        """Starts that wait REFILL_DELAY_SECONDS, or until a caller finds no sandbox."""
        self._number = 0
        self._callers: deque[Callable[[bool], None]] = deque()

    def remove(self) -> None:
        """Remove a used sandbox, after the answer of its run."""
        self._processors.work(self._sandboxes.remove_work, lambda: None)

    def take(self, then: Callable[[bool], None]) -> None:
        """Take a sandbox, now or when one has started; pass to `then` whether it was idle."""
        language = self._sandboxes.language
        is_warm = self._idle.of[language].take() is not None
        if not is_warm:
            self._idle.queue(language)
            self._callers.append(then)
            for number in sorted(self._delayed):
                self._start(number)
        self._order()
        if is_warm:
            then(True)

    def _order(self) -> None:
        """Give each free starter its next sandbox to start."""
        while self._free_starters:
            slug = self._idle.next_for_a_caller() or self._idle.next_to_refill()
            if slug is None:
                return
            self._idle.of[slug].starting += 1
            self._free_starters -= 1
            self._number += 1
            self._delayed.add(self._number)
            delay = 0.0 if self._idle.tickets else REFILL_DELAY_SECONDS
            self._clock.after(delay, self._start, self._number)

    def _start(self, number: int) -> None:
        if number in self._delayed:  # otherwise a caller has already hurried it
            self._delayed.remove(number)
            self._processors.work(self._sandboxes.start_work, self._deliver)

    def _deliver(self) -> None:
        self._free_starters += 1
        language = self._sandboxes.language
        if self._idle.started(language):
            self._callers.popleft()(False)
        else:
            self._idle.of[language].sandboxes.append(IDLE)
        self._order()
