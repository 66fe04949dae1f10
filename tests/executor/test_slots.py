"""Which slot serves a run and which ones retire: the history of random pools, without an engine."""

from collections import defaultdict
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from executor.pool.slots import Owner, Slot, Slots
from executor.sandbox.container import Sandbox

PYTHON, JAVASCRIPT = "python", "javascript"
COSTS = {"python": 8, "javascript": 20}
NOW = 2.0


def make(**over: Any) -> Slots:
    return Slots(**{"most_runs": 5, "idle_seconds": 10.0, "of_an_owner": 3, **over})


def blank(owner: Any = "alice", slug: str = PYTHON, image: str = "first") -> Slot:
    sandbox = cast(Sandbox, SimpleNamespace(image=image))
    return Slot(owner=owner, slug=slug, sandbox=sandbox, cost=COSTS[slug])


def ended(
    slots: Slots,
    owner: str = "alice",
    slug: str = PYTHON,
    *,
    now: float = 0.0,
    image: str = "first",
) -> Slot:
    """Let the first run of a new slot begin and end; return the slot."""
    slot = slots.own(blank(owner, slug, image))
    slots.give_back(slot, now, may_serve_again=True)
    return slot


def test_slot_serves_its_owners_next_run() -> None:
    slots = make()
    slot = ended(slots)
    assert slots.take("alice", PYTHON, NOW) is slot
    assert slot.runs == 2


def test_slot_is_not_ready_until_its_sandbox_has_said_so() -> None:
    assert not blank().is_ready


@pytest.mark.parametrize(("owner", "slug"), [("bob", PYTHON), ("alice", JAVASCRIPT)])
def test_slot_serves_nobody_and_nothing_else(owner: str, slug: str) -> None:
    slots = make()
    ended(slots)
    assert slots.take(owner, slug, NOW) is None


def test_slot_with_a_run_serves_no_second_one() -> None:
    slots = make()
    ended(slots)
    slots.take("alice", PYTHON, NOW)
    assert slots.take("alice", PYTHON, NOW) is None


def test_slot_that_was_used_last_serves_first() -> None:
    slots = make()
    first, second = (slots.own(blank()) for _ in range(2))
    slots.give_back(second, 1.0, may_serve_again=True)
    slots.give_back(first, 2.0, may_serve_again=True)
    assert slots.take("alice", PYTHON, NOW) is first


def test_slot_that_may_not_serve_again_retires() -> None:
    slots = make()
    slot = slots.own(blank())
    assert slots.give_back(slot, 0.0, may_serve_again=False) == [slot]
    assert slots.take("alice", PYTHON, NOW) is None


def test_slot_retires_after_its_last_run() -> None:
    slots = make(most_runs=2)
    slot = ended(slots)
    assert slots.take("alice", PYTHON, NOW) is slot
    assert slots.give_back(slot, 1.0, may_serve_again=True) == [slot]


def test_slot_retires_after_a_time_without_a_run() -> None:
    slots = make(idle_seconds=10.0)
    old, _ = ended(slots, now=0.0), ended(slots, now=1.0)
    assert slots.expire(10.0) == []
    assert slots.expire(10.5) == [old]


def test_slot_that_is_to_expire_serves_no_run() -> None:
    slots = make(idle_seconds=10.0)
    old = ended(slots, now=0.0)
    assert slots.take("alice", PYTHON, 10.5) is None
    assert slots.idle() == [old]
    assert slots.take("alice", PYTHON, 10.0) is old


def test_owners_oldest_slot_retires_beyond_the_owners_number() -> None:
    slots = make(of_an_owner=2)
    others = ended(slots, "bob", now=0.0)
    first, second, third = [slots.own(blank(slug=slug)) for slug in (PYTHON, JAVASCRIPT, PYTHON)]
    assert slots.give_back(first, 1.0, may_serve_again=True) == []
    assert slots.give_back(second, 2.0, may_serve_again=True) == []
    assert slots.give_back(third, 3.0, may_serve_again=True) == [first]
    assert slots.idle() == [others, second, third]


def test_slots_beyond_the_memory_retire_the_least_recently_used_first() -> None:
    slots = make()
    first = ended(slots, "alice", now=0.0)
    second = ended(slots, "bob", JAVASCRIPT, now=1.0)
    third = ended(slots, "carol", now=2.0)
    assert slots.fit(36) == []
    assert slots.fit(28) == [first]
    assert slots.fit(27) == [second]
    assert slots.idle() == [third]
    assert slots.fit(-1) == [third]


def test_slot_of_another_image_retires() -> None:
    slots = make()
    old = ended(slots, image="first")
    new = ended(slots, image="second")
    other = ended(slots, slug=JAVASCRIPT, image="first")
    assert slots.keep_images({"python": "second"}) == [old]
    assert slots.idle() == [new, other]


def test_owners_slots_retire_at_once_and_one_with_a_run_at_its_end() -> None:
    slots = make()
    running = slots.own(blank("alice"))
    idle, others = ended(slots, "alice", JAVASCRIPT), ended(slots, "bob")
    assert slots.retire("alice") == [idle]
    assert slots.give_back(running, 1.0, may_serve_again=True) == [running]
    assert slots.idle() == [others]
    assert slots.owners() == {"bob"}


def test_borrowed_slot_keeps_its_place_in_the_order() -> None:
    slots = make()
    first, second = ended(slots, "alice", now=0.0), ended(slots, "bob", now=1.0)
    assert slots.borrow(first)
    assert slots.take("alice", PYTHON, NOW) is None
    assert not slots.borrow(first)
    slots.give_back(first, first.since, may_serve_again=True)
    assert slots.idle() == [first, second]


class History(RuleBasedStateMachine):
    """Any sequence of events, and what a sandbox may never have gone through."""

    MOST_RUNS, OF_AN_OWNER, SECONDS = 4, 2, 10.0

    def __init__(self) -> None:
        super().__init__()
        self.slots = make(
            most_runs=self.MOST_RUNS, of_an_owner=self.OF_AN_OWNER, idle_seconds=self.SECONDS
        )
        self.now = 0.0
        self.running: list[Slot] = []
        self.borrowed: list[Slot] = []
        self.owners_of: dict[Slot, set[Owner]] = defaultdict(set)
        self.runs_of: dict[Slot, int] = defaultdict(int)
        self.may_not_serve: set[Slot] = set()
        self.retired: set[Slot] = set()
        self.images = {"python": "first", "javascript": "first"}

    def _leave(self, out: list[Slot]) -> None:
        assert not self.retired.intersection(out)
        self.retired.update(out)

    def _begin(self, slot: Slot, owner: Any, slug: str) -> None:
        assert slot not in self.retired
        assert slot not in self.may_not_serve
        assert slot not in self.running
        assert slot not in self.borrowed
        self.owners_of[slot].add(owner)
        self.runs_of[slot] += 1
        assert slot.slug == slug
        self.running.append(slot)

    @rule(
        owner=strategies.sampled_from(["alice", "bob", "carol"]),
        slug=strategies.sampled_from([PYTHON, JAVASCRIPT]),
    )
    def run_begins(self, owner: Any, slug: str) -> None:
        slot = self.slots.take(owner, slug, self.now)
        if slot is None:
            slot = self.slots.own(blank(owner, slug, self.images[slug]))
        else:
            assert self.now - slot.since <= self.SECONDS
        self._begin(slot, owner, slug)

    @precondition(lambda self: self.running)
    @rule(data=strategies.data(), exits=strategies.booleans())
    def run_ends(self, data: Any, exits: Any) -> None:
        slot = data.draw(strategies.sampled_from(self.running))
        self.running.remove(slot)
        if not exits:
            self.may_not_serve.add(slot)
        out = self.slots.give_back(slot, self.now, may_serve_again=exits)
        self._leave(out)
        assert (slot in out) == (
            not exits or slot.must_retire or self.runs_of[slot] == self.MOST_RUNS
        )

    @rule(seconds=strategies.floats(0, 2 * SECONDS))
    def time_passes(self, seconds: Any) -> None:
        self.now += seconds

    @rule()
    def keeper_looks(self) -> None:
        self._leave(self.slots.expire(self.now))
        assert all(self.now - slot.since <= self.SECONDS for slot in self.slots.idle())

    @rule(memory_bytes=strategies.integers(-10, 100))
    def memory_is_scarce(self, memory_bytes: Any) -> None:
        before = self.slots.idle()
        out = self.slots.fit(memory_bytes)
        self._leave(out)
        assert out == before[: len(out)]
        assert sum(slot.cost for slot in self.slots.idle()) <= max(0, memory_bytes)

    @rule(slug=strategies.sampled_from(["python", "javascript"]))
    def image_is_built(self, slug: str) -> None:
        self.images[slug] = uuid4().hex
        self._leave(self.slots.keep_images(self.images))
        self.may_not_serve.update(slot for slot in self.runs_of if slot.slug == slug)

    @rule(owner=strategies.sampled_from(["alice", "bob"]))
    def owner_is_frozen(self, owner: Any) -> None:
        self._leave(self.slots.retire(owner))
        self.may_not_serve.update(slot for slot in self.runs_of if slot.owner == owner)
        assert not [slot for slot in self.slots.idle() if slot.owner == owner]

    @rule()
    def lane_is_lost(self) -> None:
        self._leave(self.slots.retire_all())
        self.may_not_serve.update(self.runs_of)
        assert self.slots.idle() == []

    @precondition(lambda self: self.slots.idle())
    @rule(data=strategies.data())
    def slot_is_borrowed(self, data: Any) -> None:
        slot = data.draw(strategies.sampled_from(self.slots.idle()))
        assert self.slots.borrow(slot)
        self.borrowed.append(slot)

    @precondition(lambda self: self.borrowed)
    @rule(data=strategies.data(), is_fit=strategies.booleans())
    def slot_is_returned(self, data: Any, is_fit: Any) -> None:
        slot = data.draw(strategies.sampled_from(self.borrowed))
        self.borrowed.remove(slot)
        if not is_fit:
            self.may_not_serve.add(slot)
        self._leave(self.slots.give_back(slot, slot.since, may_serve_again=is_fit))

    @invariant()
    def no_sandbox_has_two_owners(self) -> None:
        assert all(owners == {slot.owner} for slot, owners in self.owners_of.items())

    @invariant()
    def none_serves_more_runs_than_allowed(self) -> None:
        assert all(count <= self.MOST_RUNS for count in self.runs_of.values())

    @invariant()
    def none_is_idle_that_may_not_serve(self) -> None:
        assert not self.may_not_serve.intersection(self.slots.idle())

    @invariant()
    def no_owner_has_more_idle_than_allowed(self) -> None:
        idle = [slot.owner for slot in self.slots.idle()]
        assert all(idle.count(owner) <= self.OF_AN_OWNER for owner in idle)

    @invariant()
    def every_sandbox_is_in_one_place(self) -> None:
        places = [*self.slots.idle(), *self.running, *self.borrowed, *self.retired]
        assert len(places) == len(set(places))
        assert set(places) == set(self.runs_of)

    @invariant()
    def idle_ones_are_in_the_order_of_their_use(self) -> None:
        times = [slot.since for slot in self.slots.idle()]
        assert times == sorted(times)


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
