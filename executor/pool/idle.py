"""Which sandboxes wait, who waits for one, and what is to be started next. Its user holds the lock.

How many should wait follows demand. Each caller who finds nothing waiting says that one more would
have been of use; and what lay unused for a whole period, that is the least number that ever waited in
it, was too many, and half of it goes. The second is how the magazine layer of Bonwick's slab allocator
gives memory back (Bonwick and Adams, "Magazines and Vmem", USENIX 2001, section 3.4): no demand of the
period could have missed the minimum of the period.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from ..languages import Language
from ..sandbox.container import Sandbox


@dataclass(slots=True)
class Stock:
    """The waiting sandboxes of one language, the oldest first."""

    floor: int
    """Never fewer than these should wait."""
    target: int
    """So many should wait at present."""
    cost: int
    """Bytes of memory that one takes while it waits."""
    waiting: deque[Sandbox] = field(default_factory=deque)
    starting: int = 0
    least: int = 0
    """The fewest that waited since the last review."""

    @property
    def lacking(self) -> int:
        """So many more should be started, those under way not counted; negative if too many wait."""
        return self.target - len(self.waiting) - self.starting

    def take(self) -> Sandbox | None:
        sandbox = self.waiting.popleft() if self.waiting else None
        self.least = min(self.least, len(self.waiting))
        return sandbox

    def review(self) -> None:
        """At the end of a period: half of what was never used in it is no longer wanted."""
        unused = min(self.least, self.target - self.floor)
        self.target -= (unused + 1) // 2
        self.least = len(self.waiting)

    def remove(self, is_past_use: Callable[[Sandbox], bool]) -> list[Sandbox]:
        """Takes out what is past use, and what is no longer wanted."""
        out = [sandbox for sandbox in self.waiting if is_past_use(sandbox)]
        self.waiting = deque(sandbox for sandbox in self.waiting if sandbox not in out)
        while self.lacking < 0 and self.waiting:
            out.append(self.waiting.popleft())
        return out


@dataclass(slots=True)
class Ticket:
    """A caller's place in the queue for the next sandbox of a language."""

    slug: str
    sandbox: Future[Sandbox] = field(default_factory=Future)


class Stocks:
    """The stocks of all languages, within one budget of memory, and one queue of callers."""

    def __init__(self, languages: dict[str, Language], *, floor: int, memory_bytes: int) -> None:
        self.of = {
            slug: Stock(floor=floor, target=floor, cost=language.waiting_bytes)
            for slug, language in languages.items()
        }
        self.tickets: deque[Ticket] = deque()
        self._memory_bytes = memory_bytes

    def queue(self, slug: str) -> Ticket:
        """For a caller who found nothing waiting."""
        stock = self.of[slug]
        if sum(each.target * each.cost for each in self.of.values()) + stock.cost <= (
            self._memory_bytes
        ):
            stock.target += 1
        ticket = Ticket(slug)
        self.tickets.append(ticket)
        return ticket

    def next_for_a_caller(self) -> str | None:
        """The language of the caller who has waited longest with nothing being started for them."""
        coming = {slug: stock.starting for slug, stock in self.of.items()}
        for ticket in self.tickets:
            if coming[ticket.slug] == 0:
                return ticket.slug
            coming[ticket.slug] -= 1
        return None

    def next_to_wait(self) -> str | None:
        """The language whose stock lacks most."""
        slug = max(self.of, key=lambda slug: self.of[slug].lacking)
        return slug if self.of[slug].lacking > 0 else None

    def started(self, slug: str) -> Ticket | None:
        """A start has ended, well or not: the ticket of the caller who has waited longest for it,
        who leaves the queue."""
        self.of[slug].starting -= 1
        for ticket in self.tickets:
            if ticket.slug == slug:
                self.tickets.remove(ticket)
                return ticket
        return None

    def withdraw(self, ticket: Ticket) -> bool:
        """Take a caller out of the queue. False if they are not in it any more."""
        if ticket not in self.tickets:
            return False
        self.tickets.remove(ticket)
        return True

    def clear(self) -> tuple[list[Sandbox], list[Ticket]]:
        """Empties stocks and queue."""
        sandboxes = [sandbox for stock in self.of.values() for sandbox in stock.waiting]
        tickets = list(self.tickets)
        for stock in self.of.values():
            stock.waiting.clear()
        self.tickets.clear()
        return sandboxes, tickets
