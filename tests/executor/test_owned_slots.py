"""The slots of a pool where a look at one of them fails. No engine is needed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from executor import LANGUAGES, EngineError
from executor.conf import config
from executor.languages import Language
from executor.pool import owned
from executor.pool.cleaners import Cleaners
from executor.pool.lane import Lane
from executor.pool.owned import OwnedSlots
from executor.pool.slots import Slot
from executor.sandbox.container import Sandbox
from executor.sandbox.probe import Probe

SLOT, CONTAINER = Probe(lane="slot"), Probe(lane="container", step="attack")


@dataclass
class FakeSandbox:
    """A sandbox that is ready for a run, unless looking at it raises an error. It does what `meanwhile`
    says while it settles."""

    name: str
    error: BaseException | None = None
    image: str = "first"
    lane: str = "slot"
    meanwhile: Callable[[], object] = bool

    def settle(self, timeout: float) -> bool:
        self.meanwhile()
        if self.error:
            raise self.error
        return True

    def is_waiting(self) -> bool:
        return True


@dataclass
class FakeCleaners:
    """Keeps the names of what is discarded, and of what is destroyed at once."""

    discarded: list[str]
    destroyed: list[str] = field(default_factory=list)

    def destroy(self, sandbox: FakeSandbox) -> None:
        self.destroyed.append(sandbox.name)

    def discard(self, sandbox: FakeSandbox) -> None:
        self.discarded.append(sandbox.name)


@pytest.fixture
def discarded() -> list[str]:
    return []


@pytest.fixture
def cleaners(discarded: list[str]) -> FakeCleaners:
    return FakeCleaners(discarded)


@pytest.fixture
def lane() -> Lane:
    return Lane(lambda: CONTAINER, fixed=SLOT)


@pytest.fixture
def slots(cleaners: FakeCleaners, lane: Lane, monkeypatch: pytest.MonkeyPatch) -> OwnedSlots:
    monkeypatch.setattr(owned, "REST_SECONDS", -1.0)
    return OwnedSlots(
        replace(config(), slot_runs=9, slot_seconds=3600, max_runs=9),
        lane,
        cast(Cleaners, cleaners),
        room=lambda held: held,
    )


@pytest.fixture
def idle(slots: OwnedSlots) -> Callable[..., Slot]:
    """Makes an idle slot of alice."""

    def make(name: str, slug: str = "python", error: BaseException | None = None) -> Slot:
        sandbox: Any = FakeSandbox(name, error)
        slot = slots.own(cast(Sandbox, sandbox), "alice", LANGUAGES[slug])
        assert slot
        slots.give_back(slot, may_serve_again=True)
        return slot

    return make


def image_of(language: Language) -> str:
    return "first"


def test_slot_whose_settling_raises_is_given_back_by_a_run(
    slots: OwnedSlots, idle: Callable[..., Slot], discarded: list[str]
) -> None:
    idle("broken", error=OSError("No route to host"))
    with pytest.raises(OSError, match="No route"):
        slots.take("alice", LANGUAGES["python"])
    assert (slots.held(), discarded) == (0, ["broken"])


def test_slot_whose_settling_raises_is_given_back_by_the_keeper(
    slots: OwnedSlots, idle: Callable[..., Slot], discarded: list[str]
) -> None:
    idle("broken", error=OSError("No route to host"))
    with pytest.raises(OSError, match="No route"):
        slots.look_after(image_of)
    assert (slots.held(), discarded) == (0, ["broken"])


def test_language_without_an_image_keeps_nobody_from_looking_after_the_others(
    slots: OwnedSlots, idle: Callable[..., Slot], discarded: list[str]
) -> None:
    def image_if_there(language: Language) -> str:
        if language.slug == "javascript":
            raise EngineError("there is no such image")
        return "second"

    idle("of the old image")
    without = idle("without an image", "javascript")
    slots.look_after(image_if_there)
    assert discarded == ["of the old image"]
    assert without.is_ready  # the keeper has looked at it


def test_slot_whose_run_ends_late_is_destroyed_at_once_and_only_once(
    slots: OwnedSlots, idle: Callable[..., Slot], cleaners: FakeCleaners
) -> None:
    idle("late")
    slot = slots.take("alice", LANGUAGES["python"])
    assert slot
    slots.end_late(slot)
    assert (cleaners.destroyed, cleaners.discarded, slots.held()) == (["late"], [], 0)


def lose(lane: Lane) -> None:
    lane.state = CONTAINER


@pytest.mark.parametrize(
    "change",
    [
        lambda slots, lane: lose(lane),
        lambda slots, lane: slots.retire_all(),
        lambda slots, lane: slots.retire("alice"),
        lambda slots, lane: slots.close(),
    ],
    ids=["lane lost", "all retired", "owner retired", "closed"],
)
def test_slot_that_must_retire_while_it_settles_serves_no_run(
    slots: OwnedSlots,
    lane: Lane,
    idle: Callable[..., Slot],
    discarded: list[str],
    change: Callable[[OwnedSlots, Lane], object],
) -> None:
    sandbox: Any = idle("nested").sandbox
    sandbox.meanwhile = lambda: change(slots, lane)
    assert slots.take("alice", LANGUAGES["python"]) is None
    assert (discarded, slots.held()) == (["nested"], 0)


def test_slot_whose_owner_stays_serves_although_another_is_retired_while_it_settles(
    slots: OwnedSlots, idle: Callable[..., Slot], discarded: list[str]
) -> None:
    slot = idle("nested")
    sandbox: Any = slot.sandbox
    sandbox.meanwhile = lambda: slots.retire("bob")
    assert slots.take("alice", LANGUAGES["python"]) is slot
    assert discarded == []
