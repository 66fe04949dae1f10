"""Idle sandboxes, callers who wait for one, and which language to start next.

Not thread-safe: the pool holds the lock.

The target number of idle sandboxes follows demand. Each caller who finds none idle raises it by one. The
least number that was idle in a period was not needed in it: half of that surplus goes at its end. The
magazine layer of Bonwick's slab allocator returns memory in the same way (Bonwick and Adams, "Magazines
and Vmem", USENIX 2001, section 3.4): no demand of the period could have missed the period's minimum.
"""

from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field

from ..languages import Language
from ..sandbox.container import Sandbox


@dataclass(slots=True)
class IdleOfLanguage:
    """The idle sandboxes of one language, the oldest first."""

    floor: int
    """The target never falls below this."""
    target: int
    """How many should be idle at present."""
    cost: int
    """Bytes of memory that one idle sandbox takes."""
    sandboxes: deque[Sandbox] = field(default_factory=deque)
    starting: int = 0
    least: int = 0
    """The fewest that were idle since the last review."""

    @property
    def lacking(self) -> int:
        """How many more to start, beyond those under way; negative if too many are idle."""
        return self.target - len(self.sandboxes) - self.starting

    def take(self) -> Sandbox | None:
        sandbox = self.sandboxes.popleft() if self.sandboxes else None
        self.least = min(self.least, len(self.sandboxes))
        return sandbox

    def review(self) -> None:
        """Shrink the target by half of the surplus seen in the last period."""
        unused = min(self.least, self.target - self.floor)
        self.target -= (unused + 1) // 2
        self.least = len(self.sandboxes)

    def remove(self, is_past_use: Callable[[Sandbox], bool]) -> list[Sandbox]:
        """Take out the sandboxes that are past use, and those above the target."""
        out = [sandbox for sandbox in self.sandboxes if is_past_use(sandbox)]
        self.sandboxes = deque(sandbox for sandbox in self.sandboxes if sandbox not in out)
        while self.lacking < 0 and self.sandboxes:
            out.append(self.sandboxes.popleft())
        return out


@dataclass(slots=True)
class Ticket:
    """A caller's place in the queue for the next sandbox of a language."""

    slug: str
    sandbox: Future[Sandbox] = field(default_factory=Future)


class Idle:
    """The idle sandboxes of all languages, within one budget of memory, and one queue of callers."""

    def __init__(self, languages: dict[str, Language], *, floor: int, memory_bytes: int) -> None:
        self.of: dict[str, IdleOfLanguage] = {}
        for slug, language in languages.items():
            own = int(floor * language.idle_share)
            self.of[slug] = IdleOfLanguage(floor=own, target=own, cost=language.waiting_bytes)
        self.tickets: deque[Ticket] = deque()
        self._memory_bytes = memory_bytes

    def queue(self, slug: str, *, held: int = 0) -> Ticket:
        """Queue a caller who found none idle, and raise the target if the budget allows it.

        `held`: bytes of the budget that slots have. To raise the target at their cost would make their
        owners find none idle the next time, which would raise the target again.
        """
        wanted = self.of[slug]
        if wanted.cost <= self.room() - held:
            wanted.target += 1
        ticket = Ticket(slug)
        self.tickets.append(ticket)
        return ticket

    def room(self) -> int:
        """How many bytes of the budget the idle sandboxes leave, once all that are wanted are there."""
        wanted = sum(each.target * each.cost for each in self.of.values())
        return max(0, self._memory_bytes - wanted)

    def yield_to(self, held: int) -> list[Sandbox]:
        """Lower targets that demand has raised, until slots have room for `held` bytes or all targets are
        at their floors. Take out the sandboxes above the targets.

        A slot saves a start each time that its owner comes back. If one fewer fits than users take turns,
        each run finds its slot gone: the least recently used is the one whose owner comes next.
        """
        out = []
        while self.room() < held:
            most = max(self.of.values(), key=lambda each: (each.target - each.floor) * each.cost)
            if most.target == most.floor:
                break
            most.target -= 1
            out += most.remove(lambda _: False)
        return out

    def next_for_a_caller(self) -> str | None:
        """Find the language of the longest waiting caller for whom no start is under way."""
        coming = {slug: one.starting for slug, one in self.of.items()}
        for ticket in self.tickets:
            if coming[ticket.slug] == 0:
                return ticket.slug
            coming[ticket.slug] -= 1
        return None

    def next_to_refill(self, without: Collection[str] = ()) -> str | None:
        """Find the language that lacks most idle sandboxes, `without` some; None if none lacks any."""
        lacking = {slug: one.lacking for slug, one in self.of.items() if slug not in without}
        slug = max(lacking, key=lacking.__getitem__, default=None)
        return slug if slug is not None and lacking[slug] > 0 else None

    def started(self, slug: str) -> Ticket | None:
        """Record the end of a start, successful or not. The caller who has waited longest for the
        language leaves the queue; return their ticket."""
        self.of[slug].starting -= 1
        for ticket in self.tickets:
            if ticket.slug == slug:
                self.tickets.remove(ticket)
                return ticket
        return None

    def withdraw(self, ticket: Ticket) -> bool:
        """Take a caller out of the queue. False if they have left it already."""
        if ticket not in self.tickets:
            return False
        self.tickets.remove(ticket)
        return True

    def clear(self) -> tuple[list[Sandbox], list[Ticket]]:
        """Empty the queue, and take out all idle sandboxes."""
        sandboxes = [sandbox for one in self.of.values() for sandbox in one.sandboxes]
        tickets = list(self.tickets)
        for one in self.of.values():
            one.sandboxes.clear()
        self.tickets.clear()
        return sandboxes, tickets
