"""A queue of programs, simulated event by event, to predict the waits of a deployment.

A program takes a place, or waits for one: with a bounded number of others, for a bounded time. With a
place it gets a slot of its user or an idle sandbox, or waits until one has started. Then it runs and
leaves. This is what executor/admission/ does; with a fair order and no bounds it is the queue of
distributed dispatch.
Work takes longer while there is more of it than processors.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from math import inf

from executor.pool.slots import Slot

from .arrivals import Arrival
from .clock import Clock
from .orders import FirstCome, Order
from .processors import Processors
from .shelf import Sandboxes, Shelf


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """The places for programs, and the machine behind them."""

    places: int
    room: float = inf
    """The most programs that may wait for a place. More are refused at once."""
    patience: float = inf
    """The longest wait for a place, seconds."""
    per_user: float = inf
    """The most programs of one user that run at once. The user's other programs wait."""
    sandboxes: Sandboxes | None = None
    """None: a sandbox is always idle."""
    processors: float = inf
    run_work: float = 0.0
    """The cost of each run besides its program: seconds of one processor before its answer."""


class Refusal(StrEnum):
    FULL = "no room"
    LATE = "waited too long"


@dataclass(kw_only=True, slots=True, eq=False)
class Fate:
    """The course of one arrival. Times are seconds since the beginning."""

    arrival: Arrival
    placed: float | None = None
    ended: float | None = None
    alone: float
    """Seconds that it takes alone on the machine, with an idle sandbox."""
    warm: bool = False
    is_first: bool = False
    """Whether it is the first run of its container."""
    refused: Refusal | None = None

    @property
    def waited(self) -> float:
        """Return the seconds of wait: place, sandbox, processors. Raises ValueError if refused."""
        if self.ended is None:
            raise ValueError("it never ended")
        return self.ended - self.arrival.at - self.alone


def simulate(
    arrivals: Iterable[Arrival], deployment: Deployment, order: Order | None = None
) -> list[Fate]:
    """Simulate the arrivals; return their fates in the order of arrival. The default order is FIFO."""
    return _Simulation(deployment, FirstCome() if order is None else order).run(arrivals)


class _Simulation:
    def __init__(self, deployment: Deployment, order: Order) -> None:
        self._deployment = deployment
        self._waiting = order
        self._clock = Clock()
        self._free = deployment.places
        self._running: Counter[str] = Counter()
        self._fates: dict[Arrival, Fate] = {}
        self._processors = Processors(deployment.processors, self._clock)
        sandboxes = deployment.sandboxes
        self._shelf = (
            Shelf(sandboxes, self._clock, self._processors, places=deployment.places)
            if sandboxes
            else None
        )
        self._slot_of: dict[Arrival, Slot] = {}

    def run(self, arrivals: Iterable[Arrival]) -> list[Fate]:
        for arrival in sorted(arrivals, key=lambda one: one.at):
            alone = arrival.seconds + arrival.work + self._deployment.run_work
            self._fates[arrival] = Fate(arrival=arrival, alone=alone)
            self._clock.at(arrival.at, self._arrive, arrival)
        self._clock.run()
        return list(self._fates.values())

    def _arrive(self, arrival: Arrival) -> None:
        self._waiting.add(arrival)
        self._fill_places()
        if self._fates[arrival].placed is not None:
            return
        if len(self._waiting) > self._deployment.room:
            self._refuse(arrival, Refusal.FULL)
        elif self._deployment.patience < inf:
            self._clock.after(self._deployment.patience, self._lose_patience, arrival)

    def _lose_patience(self, arrival: Arrival) -> None:
        if self._fates[arrival].placed is None:
            self._refuse(arrival, Refusal.LATE)

    def _refuse(self, arrival: Arrival, why: Refusal) -> None:
        self._waiting.remove(arrival)
        self._fates[arrival].refused = why

    def _fill_places(self) -> None:
        while self._free:
            arrival = self._waiting.take(self._crowded())
            if arrival is None:
                return
            self._free -= 1
            self._running[arrival.user] += 1
            self._fates[arrival].placed = self._clock.now
            if self._shelf is None:
                self._begin(arrival, None, True)
            else:
                self._shelf.take(arrival.user, partial(self._begin, arrival))

    def _crowded(self) -> set[str]:
        if self._deployment.per_user == inf:
            return set()
        return {user for user, runs in self._running.items() if runs >= self._deployment.per_user}

    def _begin(self, arrival: Arrival, slot: Slot | None, warm: bool) -> None:
        if slot:
            self._slot_of[arrival] = slot
            self._fates[arrival].is_first = slot.runs == 1
        self._fates[arrival].warm = warm
        self._processors.work(
            arrival.work + self._deployment.run_work,
            lambda: self._clock.after(arrival.seconds, self._end, arrival),
        )

    def _end(self, arrival: Arrival) -> None:
        self._fates[arrival].ended = self._clock.now
        self._free += 1
        self._running -= Counter({arrival.user: 1})  # drops users who have none left
        if self._shelf is not None:
            self._shelf.give_back(self._slot_of.pop(arrival))
        self._fill_places()
