"""Who gets the next place: fair to users, whatever the number of programs and of accounts.

A place is free for everybody as long as fewer than `places` are held. Beyond that there are a few extra
places, for a *light* user who holds none: one who has lately used less than half of the longest run. A
freed place goes to the waiting user who has used least; among equals, to the one who has waited longest.

Use is the time for which places were held, fading as in schedulers of clusters (Slurm's fair share,
HTCondor's user priority). So accounts that loop stand behind a user who comes for the first time, and
find the extra places closed (docs/decisions/0091).

Pure: no lock, no clock, no waiting. admission.py has these.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from math import exp, inf

Tenant = Hashable
"""Whose places they are; the executor does not know what that is."""

MEMORY_SECONDS = 300.0
"""The time constant of use: after this, 37 % of it still counts. The longer it is, the more accounts
it takes to hold the extra places in turn (each is light again about as long after a longest run); the
shorter, the sooner is a user light again who has used much."""
FORGOTTEN_SECONDS = 0.01
"""Less use than this is none."""
TYPICAL_WEIGHT = 0.2
"""Of the newest run, in the mean of what runs take."""


@dataclass(slots=True, eq=False)
class Ticket:
    """A wish for one place, and the place once it is granted."""

    tenants: Sequence[Tenant]
    """One of these gets it."""
    most: float = inf
    """A tenant who holds this many gets no more."""
    counts: bool = True
    """Whether it takes room where others wait."""
    settle: Callable[[], object] = lambda: None
    """Called when it is granted or refused."""
    number: int = 0
    holder: Tenant | None = None
    """Who got it."""
    since: float = 0.0
    """When."""
    is_granted: bool = False
    is_refused: bool = False


@dataclass(slots=True)
class _Account:
    """What one tenant holds and has used."""

    at: float
    """When `use` was true."""
    held: int = 0
    use: float = 0.0

    def used(self, now: float) -> float:
        fade = exp((self.at - now) / MEMORY_SECONDS)
        return self.use * fade + self.held * MEMORY_SECONDS * (1 - fade)

    def hold(self, change: int, now: float) -> None:
        self.use, self.at = self.used(now), now
        self.held += change


@dataclass(slots=True, kw_only=True)
class Places:
    """Places, their holders and those who wait. `now` may be any clock that does not go back."""

    places: int
    extra: int = 0
    light_seconds: float = inf
    """Below this use, a tenant is light."""
    _accounts: dict[Tenant, _Account] = field(default_factory=dict)
    _held: set[Ticket] = field(default_factory=set)
    _waiting: list[Ticket] = field(default_factory=list)
    _number: int = 0
    _typical_seconds: float = 0.0
    _tidied: float = 0.0

    def ask(self, ticket: Ticket, now: float) -> None:
        """Grants it now or keeps it waiting."""
        self._number += 1
        ticket.number = self._number
        self._waiting.append(ticket)
        self.hand_out(now)

    def leave(self, ticket: Ticket) -> None:
        """Ends the waiting of one that was not granted."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    def give_back(self, ticket: Ticket, now: float) -> None:
        self._held.remove(ticket)
        self._accounts[ticket.holder].hold(-1, now)
        self._typical_seconds += TYPICAL_WEIGHT * (now - ticket.since - self._typical_seconds)
        self._tidy(now)
        self.hand_out(now)

    def hand_out(self, now: float) -> None:
        """Grants what can be granted; for the caller to repeat when the wishes of a ticket change."""
        while (found := self._next(now)) is not None:
            ticket, tenant = found
            self._waiting.remove(ticket)
            self._held.add(ticket)
            self._account(tenant, now).hold(1, now)
            ticket.holder, ticket.since, ticket.is_granted = tenant, now, True
            ticket.settle()

    def keep_to(self, room: int, now: float) -> None:
        """Refuses those who wait beyond the room: first of all the last wishes of who has most of them,
        then of those with one the heaviest, then the newest."""
        waiting = [ticket for ticket in self._waiting if ticket.counts]
        if len(waiting) <= room:
            return
        wishes: Counter[Tenant] = Counter()
        rank = {}
        for ticket in waiting:
            [tenant] = ticket.tenants
            wishes[tenant] += 1
            rank[ticket.number] = (wishes[tenant], self._weight(tenant, now), ticket.number)
        waiting.sort(key=lambda ticket: rank[ticket.number])
        for ticket in waiting[room:]:
            self._waiting.remove(ticket)
            ticket.is_refused = True
            ticket.settle()

    def held_by(self, tenant: Tenant) -> int:
        found = self._accounts.get(tenant)
        return found.held if found else 0

    @property
    def held(self) -> int:
        return len(self._held)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def wait_seconds(self, tenant: Tenant, now: float) -> float:
        """How long a wish of this tenant waits, if runs take as long as those under way and lately."""
        weight = self._weight(tenant, now)
        ahead = sum(
            min((self._weight(one, now) for one in ticket.tenants), default=inf) <= weight
            for ticket in self._waiting
        )
        elapsed = [now - ticket.since for ticket in self._held]
        typical = max(self._typical_seconds, sum(elapsed) / max(1, len(elapsed)))
        return (ahead + 1) * typical / self.places

    def _next(self, now: float) -> tuple[Ticket, Tenant] | None:
        if len(self._held) >= self.places + self.extra:
            return None
        found = [
            (self._weight(tenant, now), ticket.number, position, ticket)
            for ticket in self._waiting
            for position, tenant in enumerate(ticket.tenants)
            if self._may_have(tenant, ticket.most, now)
        ]
        if not found:
            return None
        _, _, position, ticket = min(found, key=lambda one: one[:3])
        return ticket, ticket.tenants[position]

    def _may_have(self, tenant: Tenant, most: float, now: float) -> bool:
        held = self.held_by(tenant)
        if len(self._held) < self.places:
            return held < most
        return held == 0 and self._weight(tenant, now) == 0

    def _weight(self, tenant: Tenant, now: float) -> float:
        """Use in steps of `light_seconds`; 0 is light."""
        found = self._accounts.get(tenant)
        return found.used(now) // self.light_seconds if found else 0.0

    def _account(self, tenant: Tenant, now: float) -> _Account:
        return self._accounts.setdefault(tenant, _Account(at=now))

    def _tidy(self, now: float) -> None:
        """Forgets who holds nothing and has used nothing lately."""
        if now - self._tidied < MEMORY_SECONDS:
            return
        self._tidied = now
        self._accounts = {
            tenant: account
            for tenant, account in self._accounts.items()
            if account.held or account.used(now) > FORGOTTEN_SECONDS
        }
