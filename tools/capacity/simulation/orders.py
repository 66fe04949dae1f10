"""Two orders of service for waiting programs."""

from collections import deque
from collections.abc import Collection
from typing import Protocol

from .arrivals import Arrival


class Order(Protocol):
    def add(self, arrival: Arrival) -> None: ...

    def remove(self, arrival: Arrival) -> None: ...

    def take(self, crowded: Collection[str]) -> Arrival | None:
        """Remove and return the next program. Skip the given users."""

    def __len__(self) -> int: ...


class FirstCome:
    """First come, first served."""

    def __init__(self) -> None:
        self._waiting: dict[Arrival, None] = {}

    def add(self, arrival: Arrival) -> None:
        self._waiting[arrival] = None

    def remove(self, arrival: Arrival) -> None:
        del self._waiting[arrival]

    def take(self, crowded: Collection[str]) -> Arrival | None:
        found = next((one for one in self._waiting if one.user not in crowded), None)
        if found is not None:
            self.remove(found)
        return found

    def __len__(self) -> int:
        return len(self._waiting)


class Fair:
    """Start-time fair queueing (Goyal, Vin and Cheng, 1996).

    The turn of a program is one more than the turn of its user's previous program, and not less than the
    lowest turn that waits. Programs with equal turns are served by their time.

    The service's queue does this in SQL (submissions/lifecycle/queue.py); a test compares the two.
    It leaves out that a process with a free place prefers users with less recent use
    (executor/admission/places.py).
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[tuple[int, Arrival]]] = {}

    def add(self, arrival: Arrival) -> None:
        served = min((queue[0][0] for queue in self._waiting.values()), default=1)
        own = self._waiting.setdefault(arrival.user, deque())
        last = own[-1][0] if own else 0
        own.append((max(served, last + 1), arrival))

    def remove(self, arrival: Arrival) -> None:
        own = self._waiting[arrival.user]
        own.remove(next(entry for entry in own if entry[1] is arrival))
        if not own:
            del self._waiting[arrival.user]

    def take(self, crowded: Collection[str]) -> Arrival | None:
        heads = [queue[0] for user, queue in self._waiting.items() if user not in crowded]
        if not heads:
            return None
        _, found = min(heads, key=lambda head: (head[0], head[1].at))
        self.remove(found)
        return found

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))
