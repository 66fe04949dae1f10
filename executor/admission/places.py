"""Decides who gets the next place, fairly among users whatever the number of their programs and accounts.

Anybody gets a place while fewer than `places` are held. Beyond that, a few extra places are for *light*
users who hold none: users who have lately used less than half of the longest run. A freed place goes to
the waiting user who has used least; among equals, to the one who has waited longest.

Use is the time for which a user held places. It fades, as in schedulers of clusters (Slurm's fair share,
HTCondor's user priority). So accounts that loop come after a user who comes for the first time, and get
no extra places (docs/decisions/0091).

The module is pure: it has no lock and no clock, and it does not wait. admission/admission.py does.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from math import exp, inf

Tenant = Hashable
"""The holder of places: any hashable value that identifies a user."""

MEMORY_SECONDS = 300.0
"""The time constant of use: after this, 37 % of it still counts. With a longer one it takes more accounts
to hold the extra places in turn (after a longest run, an account is light again after about this time).
With a shorter one, a user who has used much is light again sooner."""
FORGOTTEN_SECONDS = 0.01
"""Less use than this counts as none."""
TYPICAL_WEIGHT = 0.2
"""Weight of the newest run in the moving mean of how long runs take."""


@dataclass(slots=True, eq=False)
class Ticket:
    """A request for one place, and the place once it is granted."""

    tenants: Sequence[Tenant]
    """One of these gets the place."""
    most: float = inf
    """A tenant who holds this many gets no more."""
    counts: bool = True
    """Whether it counts against the number that may wait."""
    settle: Callable[[], object] = lambda: None
    """Called when the place is granted or refused."""
    number: int = 0
    """Order of arrival, from 1."""
    holder: Tenant | None = None
    """The tenant who got the place."""
    since: float = 0.0
    """When the place was granted."""
    is_granted: bool = False
    is_refused: bool = False


@dataclass(slots=True)
class _Account:
    """The places that one tenant holds, and the tenant's use."""

    at: float
    """The time to which `use` belongs."""
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
    """Places, their holders and the tickets that wait. `now` may be any clock that does not go back."""

    places: int
    extra: int = 0
    light_seconds: float = inf
    """A tenant with less use than this is light."""
    _accounts: dict[Tenant, _Account] = field(default_factory=dict)
    _held: set[Ticket] = field(default_factory=set)
    _waiting: list[Ticket] = field(default_factory=list)
    _number: int = 0
    _typical_seconds: float = 0.0
    _tidied: float = 0.0

    def ask(self, ticket: Ticket, now: float) -> None:
        """Grant the ticket now, or keep it waiting."""
        self._number += 1
        ticket.number = self._number
        self._waiting.append(ticket)
        self.hand_out(now)

    def leave(self, ticket: Ticket) -> None:
        """Stop the waiting of a ticket that was not granted."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    def give_back(self, ticket: Ticket, now: float) -> None:
        self._held.remove(ticket)
        self._accounts[ticket.holder].hold(-1, now)
        self._typical_seconds += TYPICAL_WEIGHT * (now - ticket.since - self._typical_seconds)
        self._tidy(now)
        self.hand_out(now)

    def hand_out(self, now: float) -> None:
        """Grant all tickets that can be granted. Call it again after changing a ticket's tenants."""
        while (found := self._next(now)) is not None:
            ticket, tenant = found
            self._waiting.remove(ticket)
            self._held.add(ticket)
            self._account(tenant, now).hold(1, now)
            ticket.holder, ticket.since, ticket.is_granted = tenant, now, True
            ticket.settle()

    def keep_to(self, room: int, now: float) -> None:
        """Refuse the tickets beyond `room`: first the last ones of tenants with several, then those of
        the heaviest tenants, then the newest."""
        waiting = [ticket for ticket in self._waiting if ticket.counts]
        if len(waiting) <= room:
            return
        tickets: Counter[Tenant] = Counter()
        rank = {}
        for ticket in waiting:
            [tenant] = ticket.tenants
            tickets[tenant] += 1
            rank[ticket.number] = (tickets[tenant], self.weight(tenant, now), ticket.number)
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
        """Estimate how long a ticket of this tenant waits, if runs take as long as recent ones."""
        weight = self.weight(tenant, now)
        ahead = sum(
            min((self.weight(one, now) for one in ticket.tenants), default=inf) <= weight
            for ticket in self._waiting
        )
        elapsed = [now - ticket.since for ticket in self._held]
        typical = max(self._typical_seconds, sum(elapsed) / max(1, len(elapsed)))
        # An interactive run may take minutes, but such runs hold only some of the places.
        typical = min(typical, 2 * self.light_seconds)
        return (ahead + 1) * typical / self.places

    def weight(self, tenant: Tenant, now: float) -> float:
        """Return the tenant's use in steps of `light_seconds`; 0 is light."""
        found = self._accounts.get(tenant)
        return found.used(now) // self.light_seconds if found else 0.0

    def _next(self, now: float) -> tuple[Ticket, Tenant] | None:
        if len(self._held) >= self.places + self.extra:
            return None
        found = [
            (self.weight(tenant, now), ticket.number, position, ticket)
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
        return held == 0 and self.weight(tenant, now) == 0

    def _account(self, tenant: Tenant, now: float) -> _Account:
        return self._accounts.setdefault(tenant, _Account(at=now))

    def _tidy(self, now: float) -> None:
        """Forget tenants who hold nothing and have used nothing lately."""
        if now - self._tidied < MEMORY_SECONDS:
            return
        self._tidied = now
        self._accounts = {
            tenant: account
            for tenant, account in self._accounts.items()
            if account.held or account.used(now) > FORGOTTEN_SECONDS
        }
