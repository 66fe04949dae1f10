"""Limits how many runs are under way at once in this process, and how long a caller waits for a place.

A caller gets its place before anything is stored. So overload leaves no trace, and an accepted run never
fails because the process is full. admission/places.py decides who gets the next place.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import ceil, inf
from time import monotonic

from ..conf import config
from ..errors import Busy
from ..single import Single
from .gate import gate
from .places import Places, Tenant, Ticket

LOOK_SECONDS = 0.25
"""Time between two calls of `look`."""


class Admission:
    """Places, a bounded number of callers who wait for one, and a longest wait; thread-safe."""

    def __init__(
        self,
        *,
        places: int,
        waiting: int,
        seconds: float,
        extra: int = 0,
        light_seconds: float = inf,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`waiting` callers may wait, for `seconds` at most. `extra` places beyond `places` are for
        tenants who hold none and have lately used less than `light_seconds` of place time."""
        self._places = Places(places=places, extra=extra, light_seconds=light_seconds)
        self._room = waiting
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()

    @contextmanager
    def place(self, tenant: Tenant, *, most: float = inf) -> Iterator[None]:
        """Hold a place within the block, for a tenant who holds fewer than `most`. Raises Busy."""
        settled = threading.Event()
        ticket = Ticket([tenant], most=most, settle=settled.set)
        try:
            with self._lock:
                self._places.ask(ticket, self._clock())
                self._places.keep_to(self._room, self._clock())
            settled.wait(self._seconds)
            self._check(ticket)
            yield
        finally:
            self._end(ticket)

    @contextmanager
    def place_of_any(
        self, look: Callable[[], Sequence[Tenant]], *, most: float = inf, seconds: float
    ) -> Iterator[Tenant | None]:
        """Hold a place within the block for one of the tenants that `look` returns; yield that tenant, or
        None if `look` returns nobody. Raises Busy after `seconds`.

        `look` is called again during the wait, since a light tenant may have come meanwhile.
        """
        settled = threading.Event()
        ticket = Ticket([], most=most, counts=False, settle=settled.set)
        deadline = monotonic() + seconds
        try:
            while self._ask_again(ticket, look()):
                if (left := deadline - monotonic()) <= 0:
                    self._check(ticket)
                    break
                settled.wait(min(LOOK_SECONDS, left))
            yield ticket.holder
        finally:
            self._end(ticket)

    def held_by(self, tenant: Tenant) -> int:
        with self._lock:
            return self._places.held_by(tenant)

    def weights_of(self, tenants: Iterable[Tenant]) -> dict[Tenant, float]:
        """Return the weight of each tenant; a lower one gets a place first."""
        with self._lock:
            now = self._clock()
            return {tenant: self._places.weight(tenant, now) for tenant in tenants}

    @property
    def held(self) -> int:
        with self._lock:
            return self._places.held

    @property
    def waiting(self) -> int:
        with self._lock:
            return self._places.waiting

    def _ask_again(self, ticket: Ticket, wanted: Sequence[Tenant]) -> bool:
        """Whether to wait: somebody wants the place, and it is not granted yet."""
        with self._lock:
            if ticket.is_granted:
                return False
            ticket.tenants = wanted
            if ticket.number:
                self._places.hand_out(self._clock())
            else:
                self._places.ask(ticket, self._clock())
            return bool(wanted) and not ticket.is_granted

    def _check(self, ticket: Ticket) -> None:
        """Return if the ticket was granted. Raises Busy."""
        with self._lock:
            if ticket.is_granted:
                return
            self._places.leave(ticket)
            # Of the first alone: nobody reads the time of a ticket for any of several.
            expected = self._places.wait_seconds(ticket.tenants[0], self._clock())
        reason = "too many runs are under way"
        raise Busy(
            f"{reason} and waiting" if ticket.is_refused else reason,
            retry_after=max(1, ceil(expected)),
        )

    def _end(self, ticket: Ticket) -> None:
        with self._lock:
            if ticket.is_granted:
                self._places.give_back(ticket, self._clock())
            else:
                self._places.leave(ticket)


def light_seconds() -> float:
    """Half of the longest run. A tenant with less use is light, so one longest run is too much."""
    return config().limits.wall_seconds / 2


@Single
def admission() -> Admission:
    """Make the process's one Admission, as the settings describe it."""
    return Admission(
        places=config().max_runs,
        extra=config().extra_runs,
        waiting=config().max_waiting,
        seconds=config().queue_seconds,
        light_seconds=light_seconds(),
    )


@contextmanager
def admit(tenant: Tenant, *, most: float = inf) -> Iterator[None]:
    """Hold one of the process's places for a run within the block. Raises Busy, or Closed.

    A caller who waits for the first self-check holds a place meanwhile: those who wait are counted.
    """
    gate().refuse()
    with admission().place(tenant, most=most):
        gate().enter()
        yield


@contextmanager
def admit_any(
    look: Callable[[], Sequence[Tenant]], *, most: float = inf, seconds: float
) -> Iterator[Tenant | None]:
    """Hold a place for one of the tenants that `look` returns (`Admission.place_of_any`)."""
    gate().enter()
    with admission().place_of_any(look, most=most, seconds=seconds) as tenant:
        yield tenant


def held_by(tenant: Tenant) -> int:
    """Return how many places of this process the tenant holds."""
    return admission().held_by(tenant)


def weights_of(tenants: Iterable[Tenant]) -> dict[Tenant, float]:
    """Return the weight of each tenant in this process; a lower one gets a place first."""
    return admission().weights_of(tenants)
