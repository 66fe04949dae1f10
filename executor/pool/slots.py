"""Slots: sandboxes that serve their owner's next runs. Which one serves a run, and which ones retire.

blank (idle.py) → owned, running ⇄ owned, idle → retired. A sandbox gets its owner with its first run and
never another one. It retires after a number of runs, after a time without one, after any end of a run but
an exit code, if its image is not the present one, or if its owner is to have none. If all idle slots
together take too much memory, those retire that have waited longest for a run; and an owner has a bounded
number, so that nobody fills that memory alone.

The module is pure: it has no lock and no clock, and it touches no engine. The pool holds the lock, and
destroys what the methods return.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from ..sandbox.container import Sandbox

Owner = Hashable
"""Any hashable value that identifies a user; as a rule the tenant of admission/places.py."""


@dataclass(slots=True, eq=False, kw_only=True)
class Slot:
    """A sandbox with its owner."""

    owner: Owner
    slug: str
    """The language."""
    sandbox: Sandbox
    cost: int
    """Bytes of memory that it takes while idle."""
    runs: int = 0
    """Runs that it has begun."""
    since: float = 0.0
    """End of its last run."""
    is_ready: bool = False
    """Whether its sandbox has said, after its last run, that it can serve another one."""
    must_retire: bool = False
    """Whether it retires at the end of its run."""


@dataclass(slots=True, kw_only=True)
class Slots:
    """The slots of one pool. `now` may be any clock that does not go back."""

    most_runs: int
    """A slot retires after this many runs; with 1 none is ever kept."""
    idle_seconds: float
    """A slot retires after this time without a run."""
    of_an_owner: int
    """The most that one owner has idle, of all kinds together."""
    _running: set[Slot] = field(default_factory=set)
    _idle: dict[Slot, None] = field(default_factory=dict)
    """In the order of their last runs, the oldest first."""

    def own(self, slot: Slot) -> Slot:
        """Let a blank sandbox's first run begin; from now on it is the owner's."""
        slot.runs = 1
        self._running.add(slot)
        return slot

    def take(self, owner: Owner, slug: str, now: float) -> Slot | None:
        """Let the next run begin in the owner's slot that was used last; None if none is idle, or if that
        one has waited too long and is yet to expire."""
        for slot in reversed(self._idle):
            if (slot.owner, slot.slug) == (owner, slug) and not self._is_too_old(slot, now):
                del self._idle[slot]
                self._running.add(slot)
                slot.runs += 1
                return slot
        return None

    def give_back(self, slot: Slot, now: float, *, may_serve_again: bool) -> list[Slot]:
        """End the run of a slot; return the slots that retire, this one or others of its owner."""
        self._running.remove(slot)
        if not may_serve_again or slot.must_retire or slot.runs >= self.most_runs:
            return [slot]
        slot.since = now
        self._idle = dict.fromkeys(sorted((*self._idle, slot), key=lambda one: one.since))
        own = [one for one in self._idle if one.owner == slot.owner]
        return self._remove(own[: max(0, len(own) - self.of_an_owner)])

    def expire(self, now: float) -> list[Slot]:
        """Take out the slots that have waited too long for a run."""
        return self._remove_if(lambda slot: self._is_too_old(slot, now))

    def held(self) -> int:
        """How many bytes of memory the slots take, or will take when their runs have ended."""
        return sum(slot.cost for slot in (*self._idle, *self._running))

    def fit(self, memory_bytes: int) -> list[Slot]:
        """Take out the least recently used slots, until the others take no more than this together."""
        excess = sum(slot.cost for slot in self._idle) - memory_bytes
        out = []
        for slot in self._idle:
            if excess <= 0:
                break
            out.append(slot)
            excess -= slot.cost
        return self._remove(out)

    def keep_images(self, images: Mapping[str, str]) -> list[Slot]:
        """Retire the slots of a language whose present image is another one. `images` is by language;
        those that it does not name keep their slots."""
        return self._retire_if(
            lambda slot: images.get(slot.slug, slot.sandbox.image) != slot.sandbox.image
        )

    def retire(self, owner: Owner) -> list[Slot]:
        """Retire all slots of an owner."""
        return self._retire_if(lambda slot: slot.owner == owner)

    def retire_all(self) -> list[Slot]:
        return self._retire_if(lambda slot: True)

    def owners(self) -> set[Owner]:
        """The owners of all slots."""
        return {slot.owner for slot in (*self._idle, *self._running)}

    def idle(self) -> list[Slot]:
        """Copy the list of idle slots, the least recently used first."""
        return list(self._idle)

    def borrow(self, slot: Slot) -> bool:
        """Take out an idle slot, to look whether it may serve on; False if a run has it by now. Then
        call `give_back` with the time of its last run."""
        if slot not in self._idle:
            return False
        del self._idle[slot]
        self._running.add(slot)
        return True

    def _is_too_old(self, slot: Slot, now: float) -> bool:
        return now - slot.since > self.idle_seconds

    def _retire_if(self, condition: Callable[[Slot], bool]) -> list[Slot]:
        """Take out the idle slots of which the condition holds; those with a run retire at its end."""
        for slot in self._running:
            slot.must_retire = slot.must_retire or condition(slot)
        return self._remove_if(condition)

    def _remove_if(self, condition: Callable[[Slot], bool]) -> list[Slot]:
        return self._remove([slot for slot in self._idle if condition(slot)])

    def _remove(self, out: list[Slot]) -> list[Slot]:
        for slot in out:
            del self._idle[slot]
        return out
