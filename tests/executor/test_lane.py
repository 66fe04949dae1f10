"""Which lane is in use: decided by a probe, checked again, and said in words. Most needs no engine."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from executor.conf import config
from executor.errors import EngineError, EngineUnavailable
from executor.pool.lane import Lane, fixed_lane, in_words
from executor.sandbox.container import Sandbox
from executor.sandbox.probe import SETTLE, START, Probe, probe
from executor.sandbox.spec import FORK
from tests.support.waiting import PATIENCE_SECONDS

SLOT = Probe(lane="slot")
NOT_FORKED = Probe(lane="slot", step="fork", reason="javascript: no memory")
CONTAINER = Probe(lane="container", step="/proc", reason="Operation not permitted")
BUSY = Probe(lane="container", step=SETTLE, reason="not ready for another run")
LOST = Probe(lane="container", step=START, reason="did not boot: it said nothing")


def lane_that_finds(*found: Any, fixed: Probe | None = None) -> Any:
    """Return a lane whose probes have these results, and the list of those that are left."""
    left = list(found)

    def probe() -> Any:
        result = left.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    return Lane(probe, fixed=fixed), left


@pytest.mark.parametrize(("found", "is_slot"), [(SLOT, True), (CONTAINER, False)])
def test_first_need_decides_the_lane_and_the_second_does_not_probe(
    found: Probe, is_slot: bool
) -> None:
    lane, left = lane_that_finds(found)
    assert not lane.is_slot
    assert (lane.decide(), lane.decide()) == (is_slot, is_slot)
    assert (lane.state, left) == (found, [])


def test_engine_that_is_away_decides_nothing() -> None:
    lane, _ = lane_that_finds(EngineUnavailable("away"), SLOT)
    assert not lane.decide()
    assert lane.decide()


def test_check_finds_a_lane_that_is_lost_or_comes_back() -> None:
    lane, _ = lane_that_finds(SLOT, SLOT, CONTAINER, EngineUnavailable("away"), SLOT)
    lane.decide()
    assert not lane.check()
    assert lane.check()
    assert not lane.is_slot
    assert not lane.check()
    assert lane.check()
    assert lane.is_slot


@pytest.mark.parametrize("first", [BUSY, LOST])
@pytest.mark.parametrize("second", [SLOT, CONTAINER, BUSY])
def test_slot_that_the_machine_may_have_failed_is_tried_once_more(
    first: Probe, second: Probe
) -> None:
    lane, left = lane_that_finds(first, second)
    lane.decide()
    assert (lane.state, left) == (second, [])


def test_settings_that_leave_no_choice_need_no_probe() -> None:
    lane, _ = lane_that_finds(fixed=CONTAINER)
    assert not lane.decide()
    assert not lane.check()
    assert lane.state == CONTAINER


@pytest.mark.parametrize(
    ("isolation", "pool_size", "step"),
    [
        ("container", 0, "EXECUTOR_ISOLATION"),
        ("container", 1, "EXECUTOR_ISOLATION"),
        ("auto", 0, "EXECUTOR_POOL_SIZE"),
        ("auto", 1, ""),
    ],
)
def test_settings_leave_a_choice_if_slots_are_allowed_and_there_is_a_pool(
    isolation: Any, pool_size: int, step: str
) -> None:
    fixed = fixed_lane(replace(config(), isolation=isolation, pool_size=pool_size))
    assert (fixed.step if fixed else "") == step
    assert fixed is None or fixed.lane == "container"


@pytest.mark.parametrize(
    ("found", "levels"),
    [
        ((SLOT, CONTAINER, SLOT), ["INFO", "WARNING", "INFO"]),
        ((CONTAINER, SLOT), ["INFO", "INFO"]),
        ((SLOT, NOT_FORKED), ["INFO", "WARNING"]),
    ],
)
def test_lane_is_logged_when_it_is_decided_and_when_it_is_lost_or_comes_back(
    caplog: pytest.LogCaptureFixture, found: tuple[Probe, ...], levels: list[str]
) -> None:
    caplog.set_level("INFO", logger="executor")
    lane, _ = lane_that_finds(*found)
    for _ in found:
        lane.check()
    said = [(one.levelname, one.getMessage()) for one in caplog.records]
    assert said == [(level, in_words(one)) for level, one in zip(levels, found, strict=True)]
    assert "/proc: Operation not permitted" in in_words(CONTAINER)
    assert "not all are forked (fork: javascript: no memory)" in in_words(NOT_FORKED)


def test_need_does_not_wait_for_a_check_that_is_under_way() -> None:
    """A check may take seconds, and all threads that start sandboxes ask."""
    begun, go_on = threading.Event(), threading.Event()
    found = iter([SLOT, CONTAINER])

    def probe() -> Probe:
        result = next(found)
        if result is CONTAINER:
            begun.set()
            go_on.wait(PATIENCE_SECONDS)
        return result

    lane = Lane(probe, fixed=None)
    lane.decide()
    with ThreadPoolExecutor(2) as threads:
        check = threads.submit(lane.check)
        assert begun.wait(PATIENCE_SECONDS)
        try:
            assert threads.submit(lane.decide).result(PATIENCE_SECONDS / 2)
        finally:
            go_on.set()
        assert check.result(PATIENCE_SECONDS)
    assert not lane.decide()


@pytest.mark.docker
@pytest.mark.parametrize(("boot", "zygotes"), [("exec", 0), ("fork", 1)])
def test_probe_tries_the_slots_that_the_site_will_have(
    boot: str, zygotes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose zygote forks has more calls allowed, and other steps."""
    chosen = replace(config(), boot=boot)
    monkeypatch.setattr("executor.sandbox.probe.config", lambda: chosen)
    specs: list[dict[str, Any]] = []

    def start(spec: dict[str, Any], boot_seconds: float) -> Sandbox:
        specs.append(spec)
        raise EngineError("not started")

    assert probe(start).step == "start"
    steps = [step for step in specs[0]["Entrypoint"] if step.startswith(FORK)]
    assert len(steps) == zygotes
