"""The target of idle sandboxes: the numbers alone, without an engine."""

from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from executor.languages import LANGUAGES as KNOWN
from executor.limits import MiB
from executor.pool.idle import Idle, IdleOfLanguage
from executor.sandbox.container import Sandbox

LANGUAGES = {slug: KNOWN[slug] for slug in ("python", "javascript", "typescript")}


def stand_in() -> Sandbox:
    """Return what stands for a sandbox where sandboxes are only counted."""
    return cast(Sandbox, object())


def idle_after_a_period(*, floor: int, target: int, unused: int) -> IdleOfLanguage:
    """Simulate a period in which this number of sandboxes was never taken."""
    one = IdleOfLanguage(floor=floor, target=target, cost=MiB)
    one.sandboxes.extend(stand_in() for _ in range(target))
    one.least = target
    for _ in range(target - unused):
        one.take()
    one.review()
    return one


@pytest.mark.parametrize(
    ("unused", "target"), [(0, 10), (1, 9), (2, 9), (3, 8), (4, 8), (7, 6), (8, 6), (10, 6)]
)
def test_target_shrinks_by_half_of_the_unused_sandboxes(unused: int, target: int) -> None:
    assert idle_after_a_period(floor=2, target=10, unused=unused).target == target


def test_surplus_goes_by_halves_from_period_to_period() -> None:
    one = IdleOfLanguage(floor=0, target=16, cost=MiB)
    one.sandboxes.extend(stand_in() for _ in range(16))
    targets = []
    for _ in range(7):
        one.review()
        one.remove(lambda _: False)
        targets.append(one.target)
    assert targets == [16, 8, 4, 2, 1, 0, 0]  # before the first review nothing is known of use


@settings(deadline=None)  # a busy machine pauses a test
@given(
    floor=st.integers(0, 5),
    extra=st.integers(0, 20),
    takes=st.lists(st.integers(0, 3), max_size=10),
)
@example(floor=2, extra=0, takes=[0, 0, 0])
def test_target_never_falls_below_its_floor(floor: int, extra: int, takes: list[int]) -> None:
    one = IdleOfLanguage(floor=floor, target=floor + extra, cost=MiB)
    for count in takes:
        while one.lacking > 0:
            one.sandboxes.append(stand_in())
        for _ in range(count):
            one.take()
        before = one.target
        one.review()
        assert floor <= one.target <= before
        one.remove(lambda _: False)
        assert len(one.sandboxes) <= one.target


def test_language_whose_idle_sandboxes_were_used_up_keeps_its_target() -> None:
    one = idle_after_a_period(floor=1, target=6, unused=0)
    assert one.target == 6


def test_surplus_sandboxes_are_removed_oldest_first() -> None:
    one = IdleOfLanguage(floor=0, target=1, cost=MiB)
    oldest, middle, newest = stand_in(), stand_in(), stand_in()
    one.sandboxes.extend([oldest, middle, newest])
    assert one.remove(lambda _: False) == [oldest, middle]
    assert list(one.sandboxes) == [newest]


def test_caller_who_finds_nothing_raises_the_target_within_the_memory() -> None:
    cost = LANGUAGES["python"].waiting_bytes + LANGUAGES["javascript"].waiting_bytes
    room = LANGUAGES["python"].waiting_bytes
    idle = Idle(LANGUAGES, floor=1, memory_bytes=cost + 2 * room)
    targets = []
    for _ in range(4):
        idle.queue("python")
        targets.append(idle.of["python"].target)
    assert targets == [2, 3, 3, 3]


def test_target_does_not_grow_into_the_memory_of_slots() -> None:
    cost = LANGUAGES["python"].waiting_bytes
    idle = Idle(LANGUAGES, floor=0, memory_bytes=4 * cost)
    for held, target in ((2 * cost, 1), (2 * cost, 2), (2 * cost, 2), (4 * cost, 2), (cost, 3)):
        idle.queue("python", held=held)
        assert idle.of["python"].target == target


def test_target_is_lowered_to_its_floor_where_slots_need_the_memory() -> None:
    python, javascript = (LANGUAGES[slug].waiting_bytes for slug in ("python", "javascript"))
    idle = Idle(LANGUAGES, floor=0, memory_bytes=2 * python + 3 * javascript)
    for slug, count in (("python", 2), ("javascript", 3)):
        idle.of[slug].target = count
        idle.of[slug].sandboxes.extend(stand_in() for _ in range(count))
    oldest = idle.of["javascript"].sandboxes[0]
    assert idle.yield_to(0) == []
    assert idle.yield_to(javascript) == [oldest]  # of those that take most
    assert idle.room() == javascript
    assert len(idle.yield_to(1000 * javascript)) == 4
    assert {each.target for each in idle.of.values()} == {0}


def test_language_with_a_share_keeps_that_part_of_the_floor_and_grows_as_others() -> None:
    assert [Idle(LANGUAGES, floor=n, memory_bytes=0).of["typescript"].floor for n in range(5)] == [
        *(0, 0, 1, 1, 2)
    ]
    idle = Idle(LANGUAGES, floor=1, memory_bytes=512 * MiB)
    idle.queue("typescript")
    assert idle.of["typescript"].target == 1


def test_caller_who_leaves_the_queue_is_not_served() -> None:
    idle = Idle(LANGUAGES, floor=0, memory_bytes=0)
    first, second = idle.queue("python"), idle.queue("python")
    assert idle.withdraw(first)
    assert not idle.withdraw(first)
    assert idle.started("python") is second
    assert idle.started("python") is None


def test_sandboxes_that_are_starting_are_not_lacking() -> None:
    one = IdleOfLanguage(floor=0, target=3, cost=MiB)
    one.sandboxes.append(stand_in())
    one.starting = 1
    assert one.lacking == 1


def test_start_is_for_the_caller_who_has_waited_longest_without_one() -> None:
    idle = Idle(LANGUAGES, floor=0, memory_bytes=0)
    for slug in ("python", "javascript", "python"):
        idle.queue(slug)
    assert idle.next_for_a_caller() == "python"
    idle.of["python"].starting = 1
    assert idle.next_for_a_caller() == "javascript"
    idle.of["javascript"].starting = 1
    assert idle.next_for_a_caller() == "python"
    idle.of["python"].starting = 2
    assert idle.next_for_a_caller() is None


def test_language_that_lacks_most_is_refilled_first() -> None:
    idle = Idle(LANGUAGES, floor=1, memory_bytes=0)
    idle.of["javascript"].target = 2
    assert idle.next_to_refill() == "javascript"
    idle.of["javascript"].starting = 2
    assert idle.next_to_refill() == "python"
    idle.of["python"].starting = 1
    assert idle.next_to_refill() is None
    idle.started("python")
    assert (idle.of["python"].starting, idle.next_to_refill()) == (0, "python")


def test_language_that_is_left_out_keeps_no_other_from_being_refilled() -> None:
    idle = Idle(LANGUAGES, floor=1, memory_bytes=0)
    idle.of["javascript"].target = 9
    assert idle.next_to_refill(without={"javascript"}) == "python"
    assert idle.next_to_refill(without=LANGUAGES.keys()) is None


def test_closing_takes_out_all_sandboxes_and_callers() -> None:
    idle = Idle(LANGUAGES, floor=0, memory_bytes=0)
    ticket, sandbox = idle.queue("python"), stand_in()
    idle.of["python"].sandboxes.append(sandbox)
    assert idle.clear() == ([sandbox], [ticket])
    assert idle.clear() == ([], [])
