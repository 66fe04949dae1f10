"""The idle sandboxes and the slots of one language, in simulated time.

The pool's own code (executor/pool/idle.py and slots.py) decides with its own constants which sandbox
starts next, how many should be idle, which slot serves a run and which ones retire. This module simulates
the starter threads as events. It leaves out the removal of idle sandboxes after a period without demand,
sandboxes that die, and slots that a bad end retires.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from executor.choices import offered
from executor.languages import LANGUAGES
from executor.pool.idle import Idle
from executor.pool.slots import Slot, Slots
from executor.pool.starters import REFILL_DELAY_SECONDS, STARTERS
from executor.sandbox.container import Sandbox

from .clock import Clock
from .processors import Processors

IDLE = cast(Sandbox, object())
"""The stand-in for every sandbox: the simulation only counts them."""
LATER_SECONDS = 1.0
"""The pool looks once in a while for slots that have waited too long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandboxes:
    """The number of idle sandboxes and their cost. Work is seconds of one processor."""

    floor: int
    """The number of idle sandboxes of each language at rest, before `idle_share`."""
    memory_bytes: int
    """The most memory of all idle sandboxes. Demand raises their number up to this."""
    start_work: float
    remove_work: float
    slot_runs: int = 1
    """Runs that one container serves, all of one user. 1: a container for each run."""
    slot_seconds: float = 600.0
    """A slot is removed after this time without a run."""
    language: str = "python"
    starters: int = STARTERS


Then = Callable[[Slot, bool], None]
"""Gets a sandbox, and whether nobody had to wait for its start."""


class Shelf:
    """Gives out sandboxes, replaces them, and removes used ones."""

    def __init__(
        self, sandboxes: Sandboxes, clock: Clock, processors: Processors, *, places: int
    ) -> None:
        self._sandboxes = sandboxes
        self._clock = clock
        self._processors = processors
        self._idle = Idle(offered(), floor=sandboxes.floor, memory_bytes=sandboxes.memory_bytes)
        for idle in self._idle.of.values():
            idle.sandboxes.extend([IDLE] * idle.floor)
        self._free_starters = sandboxes.starters
        self._delayed: set[int] = set()
        """Starts that wait REFILL_DELAY_SECONDS, or until a caller finds no sandbox."""
        self._number = 0
        self._callers: deque[tuple[str, Then]] = deque()
        self._slots = Slots(
            most_runs=sandboxes.slot_runs,
            idle_seconds=sandboxes.slot_seconds,
            of_an_owner=places,
        )

    def give_back(self, slot: Slot) -> None:
        """End a run: keep its sandbox for its owner, or remove it after the answer."""
        surplus = self._idle.yield_to(self._slots.held()) if self._sandboxes.slot_runs > 1 else []
        out = self._slots.give_back(slot, self._clock.now, may_serve_again=True)
        self._remove([*out, *self._slots.fit(self._idle.room())], surplus)
        if slot not in out:
            self._clock.after(self._sandboxes.slot_seconds + LATER_SECONDS, self._expire)

    def _expire(self) -> None:
        self._remove(self._slots.expire(self._clock.now))

    def _remove(self, out: list[Slot], surplus: Sequence[Sandbox] = ()) -> None:
        for _ in (*out, *surplus):
            self._processors.work(self._sandboxes.remove_work, lambda: None)

    def _own(self, owner: str) -> Slot:
        language = self._sandboxes.language
        cost = LANGUAGES[language].waiting_bytes
        return self._slots.own(Slot(owner=owner, slug=language, sandbox=IDLE, cost=cost))

    def take(self, owner: str, then: Then) -> None:
        """Lend a slot of the owner or an idle sandbox, now or when one has started."""
        language = self._sandboxes.language
        if slot := self._slots.take(owner, language, self._clock.now):
            then(slot, True)
            return
        is_warm = self._idle.of[language].take() is not None
        if not is_warm:
            held = self._slots.held() + LANGUAGES[language].waiting_bytes
            self._idle.queue(language, held=held if self._sandboxes.slot_runs > 1 else 0)
            self._callers.append((owner, then))
            for number in sorted(self._delayed):
                self._start(number)
        self._order()
        if is_warm:
            then(self._own(owner), True)

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
            owner, then = self._callers.popleft()
            then(self._own(owner), False)
        else:
            self._idle.of[language].sandboxes.append(IDLE)
        self._order()
