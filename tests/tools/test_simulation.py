"""The simulated queue agrees with exact results: recursions, Erlang's formulas, and cases by hand."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from statistics import mean, stdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor import LANGUAGES, offered
from executor.conf import config
from executor.pool.starters import REFILL_DELAY_SECONDS
from tests.support.present import present
from tools.capacity.simulation.arrivals import Arrival, always, burst, exponential, poisson
from tools.capacity.simulation.orders import Fair
from tools.capacity.simulation.shelf import Sandboxes
from tools.capacity.simulation.simulation import Deployment, Fate, Refusal, simulate
from tools.capacity.simulation.theory import erlang_b, erlang_c, mean_wait, places_for

MANY = 3000
REPLICATIONS = 12


def waits(fates: list[Fate]) -> list[float]:
    return [fate.waited for fate in fates if fate.refused is None]


def kiefer_wolfowitz(arrivals: list[Arrival], places: int) -> Iterator[float]:
    """Return the waits of a FIFO queue by the recursion of Kiefer and Wolfowitz (1955).

    It is exact for any arrivals and any service times."""
    work = [0.0] * places
    before = None
    for arrival in arrivals:
        gap = arrival.at - before.at if before else 0.0
        before = arrival
        work = sorted(max(0.0, left - gap) for left in work)
        yield work[0]
        work[0] += arrival.seconds


times = st.floats(0, 10, allow_nan=False)


@given(places=st.integers(1, 5), drawn=st.lists(st.tuples(times, times), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_waits_are_those_of_the_exact_recursion(places: int, drawn: list[tuple[Any, Any]]) -> None:
    arrivals = sorted((Arrival(at=at, seconds=s) for at, s in drawn), key=lambda one: one.at)
    found = waits(simulate(arrivals, Deployment(places=places)))
    assert found == pytest.approx(list(kiefer_wolfowitz(arrivals, places)), abs=1e-9)


@pytest.mark.parametrize(("places", "offered"), [(1, 0.5), (4, 2.4), (3, 1.8)])
def test_waits_of_poisson_arrivals_agree_with_erlangs_formula(places: int, offered: float) -> None:
    found = []
    for seed in range(REPLICATIONS):
        arrivals = poisson(Random(seed), per_second=offered, draw=exponential(1.0), count=MANY)
        found.append(mean(waits(simulate(arrivals, Deployment(places=places)))))
    expected, error = mean_wait(places, offered, 1.0), stdev(found) / REPLICATIONS**0.5
    assert error < 0.06 * expected
    assert mean(found) == pytest.approx(expected, abs=3 * error)


@pytest.mark.parametrize("draw", [exponential(1.0), always(1.0)], ids=["exponential", "constant"])
def test_refusals_without_room_agree_with_erlangs_formula(draw: Callable[..., Any]) -> None:
    """Erlang's loss formula holds whatever the service times are."""
    arrivals = list(poisson(Random(5), per_second=3.0, draw=draw, count=10 * MANY))
    fates = simulate(arrivals, Deployment(places=4, room=0))
    assert {fate.refused for fate in fates} == {None, Refusal.FULL}
    assert mean(bool(fate.refused) for fate in fates) == pytest.approx(erlang_b(4, 3.0), rel=0.03)


def test_erlang_c_of_simple_cases() -> None:
    """One place: the share that waits is the load. Two places at load 1: a third."""
    assert erlang_c(1, 0.6) == pytest.approx(0.6)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert mean_wait(1, 0.5, 2.0) == pytest.approx(2.0)
    assert erlang_c(2, 2.5) == 1
    with pytest.raises(ValueError, match="without end"):
        mean_wait(2, 2.5, 1.0)


@pytest.mark.parametrize("offered", [0.01, 0.9, 2.8, 40, 278])
def test_places_are_enough_and_not_one_more(offered: float) -> None:
    places = places_for(offered, 0.01)
    assert erlang_c(places, offered) <= 0.01
    assert places == 1 or erlang_c(places - 1, offered) > 0.01


def test_program_without_room_is_refused_and_a_late_one_leaves() -> None:
    arrivals = list(burst(Random(1), at=0, count=5, draw=always(3.0)))
    fates = simulate(arrivals, Deployment(places=1, room=2, patience=4.0))
    assert [fate.refused for fate in fates] == [
        *(None, None, Refusal.LATE, Refusal.FULL, Refusal.FULL)
    ]
    assert waits(fates) == pytest.approx([0, 3])


def test_program_that_left_leaves_room() -> None:
    arrivals = [Arrival(at=at, seconds=10) for at in (0, 1, 2, 4)]
    fates = simulate(arrivals, Deployment(places=1, room=1, patience=2.0))
    assert [fate.refused for fate in fates] == [None, Refusal.LATE, Refusal.FULL, Refusal.LATE]


def test_single_program_waits_behind_a_hundred_only_in_fifo_order() -> None:
    hundred = list(burst(Random(1), at=0, count=100, draw=always(1.0), user="alice"))
    one = Arrival(at=0.5, seconds=1.0, user="bob")
    deployment = Deployment(places=4)

    def wait_of_bob(order: Fair | None = None) -> float:
        return simulate([*hundred, one], deployment, order)[-1].waited

    assert wait_of_bob() == pytest.approx(24.5)
    assert wait_of_bob(Fair()) == pytest.approx(0.5)


def test_fairness_lengthens_nobodys_queue() -> None:
    """Both orders have the same work, and no place is idle meanwhile."""
    random = Random(3)
    arrivals = [
        one
        for number in range(5)
        for one in burst(
            random, at=number / 10, count=20, draw=exponential(1.0), user=f"user-{number}"
        )
    ]
    deployment = Deployment(places=3)
    ends = [
        max(present(fate.ended) for fate in simulate(arrivals, deployment, o))
        for o in (None, Fair())
    ]
    assert ends[0] == pytest.approx(ends[1], rel=0.1)


def test_users_take_turns() -> None:
    arrivals = [
        *burst(Random(1), at=0, count=9, draw=always(1.0), user="alice"),
        *burst(Random(1), at=0, count=9, draw=always(1.0), user="bob"),
    ]
    fates = simulate(arrivals, Deployment(places=1), Fair())
    begun = sorted(fates, key=lambda fate: present(fate.placed))
    # Each has had as many as the other, except for the running one.
    for upto in range(1, len(begun)):
        had = [fate.arrival.user for fate in begun[:upto]]
        assert abs(had.count("alice") - had.count("bob")) <= 2


def test_nobody_has_more_places_than_a_user_may() -> None:
    arrivals = [
        *burst(Random(1), at=0, count=6, draw=always(1.0), user="alice"),
        Arrival(at=0, seconds=1.0, user="bob"),
    ]
    fates = simulate(arrivals, Deployment(places=4, per_user=2), Fair())
    assert [fate.placed for fate in fates] == [0, 0, 1, 1, 2, 2, 0]


@pytest.mark.parametrize("draw", [exponential(1.0), always(1.0)], ids=["exponential", "constant"])
def test_shared_processors_take_as_long_as_theory_says(draw: Callable[..., Any]) -> None:
    """One processor shared evenly: mean time is work / (1 - load), whatever the distribution is."""
    found = []
    for seed in range(REPLICATIONS):
        arrivals = [
            Arrival(at=one.at, seconds=0, work=one.seconds)
            for one in poisson(Random(seed), per_second=0.5, draw=draw, count=MANY // 2)
        ]
        fates = simulate(arrivals, Deployment(places=MANY, processors=1))
        found.append(mean(present(fate.ended) - fate.arrival.at for fate in fates))
    error = stdev(found) / REPLICATIONS**0.5
    assert error < 0.06
    assert mean(found) == pytest.approx(2.0, abs=3 * error)


def test_work_at_once_shares_the_processors() -> None:
    arrivals = [Arrival(at=0, seconds=0, work=1.0) for _ in range(4)]
    arrivals.append(Arrival(at=1.0, seconds=5.0, work=0.5))
    fates = simulate(arrivals, Deployment(places=5, processors=2))
    # Alone at half speed until 1; then five for two processors: 0.4 each.
    assert [fate.ended for fate in fates] == pytest.approx([2.25, 2.25, 2.25, 2.25, 7.25])
    assert waits(fates) == pytest.approx([1.25, 1.25, 1.25, 1.25, 0.75])


MEMORY = config().pool_memory_bytes
SANDBOXES = Sandboxes(floor=2, memory_bytes=MEMORY, start_work=0.1, remove_work=0.05, starters=2)


def test_more_at_once_than_sandboxes_wait_for_their_start() -> None:
    arrivals = list(burst(Random(1), at=0, count=4, draw=always(0.01)))
    fates = simulate(arrivals, Deployment(places=4, sandboxes=SANDBOXES))
    assert [fate.warm for fate in fates] == [True, True, False, False]
    # The replacements of the first two, which wait for a moment, are hurried for the others.
    assert waits(fates) == pytest.approx([0, 0, 0.1, 0.1])


def test_replacement_of_a_sandbox_begins_after_the_pools_delay() -> None:
    arrivals = [Arrival(at=at, seconds=0.01) for at in (0, 0, REFILL_DELAY_SECONDS + 0.05)]
    fates = simulate(arrivals, Deployment(places=4, sandboxes=SANDBOXES))
    # Its sandbox is one of those that have been starting for 0.05 s.
    assert waits(fates) == pytest.approx([0, 0, 0.05])


@pytest.mark.parametrize("language", offered())
def test_idle_sandboxes_grow_with_demand_up_to_the_pools_memory(language: str) -> None:
    """Bursts grow. Of the last, as many are answered at once as there may be idle sandboxes."""
    sandboxes = replace(SANDBOXES, language=language, start_work=0.01, remove_work=0)
    others = sum(
        int(2 * one.idle_share) * one.waiting_bytes
        for slug, one in offered().items()
        if slug != language
    )
    most = (MEMORY - others) // LANGUAGES[language].waiting_bytes
    arrivals = [
        one
        for number in range(3)
        for one in burst(Random(1), at=100 * number, count=most + 9, draw=always(1))
    ]
    fates = simulate(arrivals, Deployment(places=most + 9, sandboxes=sandboxes))
    assert sum(fate.warm for fate in fates[-most - 9 :]) == most


def test_no_more_run_than_the_machine_can_start_and_remove_sandboxes_for() -> None:
    arrivals = list(burst(Random(1), at=0, count=200, draw=always(0.001)))
    deployment = Deployment(places=8, sandboxes=SANDBOXES, processors=2, run_work=0.05)
    last = max(present(fate.ended) for fate in simulate(arrivals, deployment))
    assert 200 / last == pytest.approx(2 / (0.1 + 0.05 + 0.05), rel=0.05)


def first_ones(arrivals: list[Arrival], **changed: Any) -> list[bool]:
    deployment = Deployment(places=4, sandboxes=replace(SANDBOXES, **changed))
    return [fate.is_first for fate in simulate(arrivals, deployment)]


RETURNING = [Arrival(at=at, seconds=0.1, user=user) for at, user in enumerate("aabba")]


def test_slot_serves_its_users_next_runs() -> None:
    assert first_ones(RETURNING, slot_runs=9) == [True, False, True, False, False]


def test_container_of_one_run_serves_no_second_one() -> None:
    assert first_ones(RETURNING) == [True] * 5


def test_slot_serves_as_many_runs_as_it_may() -> None:
    assert first_ones(RETURNING, slot_runs=2) == [True, False, True, False, True]


def test_slot_does_not_wait_for_ever() -> None:
    arrivals = [Arrival(at=at, seconds=0.1, user="a") for at in (0, 9, 30)]
    assert first_ones(arrivals, slot_runs=9, slot_seconds=10.0) == [True, False, True]


def test_run_beside_another_one_of_its_user_has_another_slot() -> None:
    arrivals = [Arrival(at=at, seconds=1.0, user="a") for at in (0, 0, 5, 5)]
    assert first_ones(arrivals, slot_runs=9) == [True, True, False, False]


def test_class_keeps_the_slots_that_its_memory_has_room_for() -> None:
    """Idle sandboxes that its first burst asks for would push out slots, and so ask for more."""
    pupils = [f"pupil {number}" for number in range(30)]
    arrivals = [
        Arrival(at=100.0 * lesson, seconds=0.1, user=pupil)
        for lesson in range(5)
        for pupil in pupils
    ]
    floors = 2 * sum(language.waiting_bytes for language in offered().values())
    memory = floors + len(pupils) * LANGUAGES["javascript"].waiting_bytes
    changed = {"language": "javascript", "slot_runs": 100, "memory_bytes": memory}
    assert sum(first_ones(arrivals, **changed)) == len(pupils)


def test_sandboxes_that_come_fast_enough_make_nobody_wait() -> None:
    arrivals = [Arrival(at=second, seconds=0.1) for second in range(100)]
    fates = simulate(arrivals, Deployment(places=4, sandboxes=SANDBOXES))
    assert waits(fates) == pytest.approx([0] * 100)
    assert all(fate.warm for fate in fates)


def test_the_same_seed_gives_the_same_arrivals() -> None:
    def drawn(seed: int) -> list[tuple[float, float]]:
        arrivals = poisson(Random(seed), per_second=5, draw=exponential(1), seconds=30)
        return [(one.at, one.seconds) for one in arrivals]

    assert drawn(1) == drawn(1) != drawn(2)
