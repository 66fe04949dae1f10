"""The slots of one pool with their sandboxes: gives them to runs, and destroys those that retire.

slots.py decides; this module holds the lock, waits for sandboxes, and hands the retired to the cleaners.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from ..choices import offered
from ..conf import ExecutorConfig
from ..errors import EngineError
from ..languages import LANGUAGES, Language
from ..sandbox.container import Sandbox
from .cleaners import Cleaners
from .lane import Lane
from .slots import Owner, Slot, Slots

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 2.0
"""The longest time for a slot to make its next nested sandbox. It usually takes milliseconds."""
REST_SECONDS = 5.0
"""The keeper looks only at slots that have had no run for this long. Who runs one program after another
would find the slot taken meanwhile."""


@dataclass(slots=True, kw_only=True)
class Lease:
    """A sandbox for one run."""

    sandbox: Sandbox
    warm: bool
    """Whether it was idle in the pool."""
    slot: Slot | None = None
    """None if it serves this run alone."""
    may_serve_again: bool = False
    """Set it after the run, if that has ended well. Only a slot then serves another one."""
    ends_late: bool = False
    """Whether processes of the run may still be there: set it before the run, and again when the end is
    known. The sandbox is then destroyed before the lease ends, so that a slow end keeps the place of the
    run's own user."""


class OwnedSlots:
    """The owned slots of one pool; thread-safe.

    `room` gets the bytes of memory that all slots hold, and returns how many the idle ones may take.
    """

    def __init__(
        self,
        settings: ExecutorConfig,
        lane: Lane,
        cleaners: Cleaners,
        *,
        room: Callable[[int], int],
    ) -> None:
        self._slots = Slots(
            most_runs=settings.slot_runs,
            idle_seconds=settings.slot_seconds,
            of_an_owner=settings.max_runs,  # nobody has more runs at once
        )
        self._lane = lane
        self._cleaners = cleaners
        self._room = room
        self._lock = threading.Lock()
        self._is_closed = False

    def take(self, owner: Owner, language: Language) -> Slot | None:
        """Take an idle slot of the owner that is ready for a run; None if there is none."""
        with self._lock:
            slot = self._slots.take(owner, language.slug, monotonic())
        if slot is None:
            return None
        if self._is_fit(slot) and self._may_serve(slot):
            slot.is_ready = False
            return slot
        # It has died, holds on to memory, or must retire. One look is enough: no run waits for each.
        self.give_back(slot, may_serve_again=False)
        return None

    def own(self, sandbox: Sandbox, owner: Owner, language: Language) -> Slot | None:
        """Give a blank sandbox to an owner, for its first run; None if it can't serve a second one."""
        if sandbox.lane != "slot":
            return None
        slot = Slot(
            owner=owner,
            slug=language.slug,
            sandbox=sandbox,
            cost=language.waiting_bytes,
        )
        with self._lock:
            return self._slots.own(slot)

    def give_back(self, slot: Slot, *, may_serve_again: bool, now: float | None = None) -> None:
        """End a run in a slot, and destroy the slots that retire by it."""
        self._discard(self._retired_by(slot, may_serve_again=may_serve_again, now=now))

    def end_late(self, slot: Slot) -> None:
        """End a run in a slot, and destroy the slot; return when that is done."""
        out = self._retired_by(slot, may_serve_again=False)
        self._discard([one for one in out if one is not slot])
        self._cleaners.destroy(slot.sandbox)

    def _retired_by(
        self, slot: Slot, *, may_serve_again: bool, now: float | None = None
    ) -> list[Slot]:
        """End a run in a slot; return the slots that retire by it."""
        now = monotonic() if now is None else now
        room = self._room(self.held())
        with self._lock:
            # Under the lock, so that no slot is kept that `close` or `retire_all` does not see.
            may_serve_again &= self._lane.is_slot and not self._is_closed
            out = self._slots.give_back(slot, now, may_serve_again=may_serve_again)
            return out + self._slots.fit(room)

    def held(self) -> int:
        """How many bytes of memory the slots take, or will take when their runs have ended."""
        with self._lock:
            return self._slots.held()

    def retire(self, owner: Owner) -> None:
        """Destroy an owner's idle slots now, and each one with a run at its end."""
        with self._lock:
            out = self._slots.retire(owner)
        self._discard(out)

    def retire_all(self) -> None:
        with self._lock:
            out = self._slots.retire_all()
        self._discard(out)

    def close(self) -> None:
        """Destroy all idle slots, and keep none from now on."""
        with self._lock:
            self._is_closed = True
            out = self._slots.retire_all()
        self._discard(out)

    def look_after(self, image_of: Callable[[Language], str]) -> None:
        """Destroy the idle slots that have waited too long, are of an old image, or can't serve a run.

        Slots of a language whose image can't be looked up are kept.
        """
        with self._lock:
            out = self._slots.expire(monotonic())
            idle = self._slots.idle()
        self._discard(out)
        images = {}
        for slug in {one.slug for one in idle}:
            try:
                images[slug] = image_of(LANGUAGES[slug])
            except EngineError as error:
                logger.warning("the image of the slots for %s can't be looked up: %s", slug, error)
        with self._lock:
            out = self._slots.keep_images(images)
        self._discard(out)
        now = monotonic()
        for slot in idle:
            with self._lock:
                is_borrowed = now - slot.since > REST_SECONDS and self._slots.borrow(slot)
            if is_borrowed:
                self.give_back(slot, may_serve_again=self._is_fit(slot), now=slot.since)

    def _is_fit(self, slot: Slot) -> bool:
        """Whether a slot that was taken out can serve a run now. It is given back if nobody can tell."""
        try:
            return _is_ready(slot)
        except BaseException:
            self.give_back(slot, may_serve_again=False)
            raise

    def _may_serve(self, slot: Slot) -> bool:
        """Whether a slot that was taken out may serve a run still. While it settled, the lane may have
        been lost, or its owner retired."""
        with self._lock:
            return not slot.must_retire and self._lane.allows(slot.sandbox)

    def owners(self) -> set[Owner]:
        with self._lock:
            return self._slots.owners()

    def count(self) -> dict[str, int]:
        """Count the idle slots of each language."""
        with self._lock:
            found = Counter(slot.slug for slot in self._slots.idle())
        return {slug: found[slug] for slug in offered()}

    def _discard(self, slots: list[Slot]) -> None:
        for slot in slots:
            self._cleaners.discard(slot.sandbox)


def _is_ready(slot: Slot) -> bool:
    """Whether a slot can serve a run now. Its sandbox says so once after each run, and may have died
    since, with its engine for instance."""
    if not slot.is_ready:
        slot.is_ready = slot.sandbox.settle(SETTLE_SECONDS)
    return slot.is_ready and slot.sandbox.is_waiting()
