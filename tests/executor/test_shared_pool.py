"""A pool whose containers serve several runs of one owner: which one a run gets, and what is left.

The containers are real. Whether they can be slots is stood in for here, so that the rules of the pool are
tested on every machine; no program runs in them.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from executor import LANGUAGES, default_limits
from executor.pool import creation, owned
from executor.pool import pool as pool_module
from executor.pool.owned import Lease
from executor.pool.pool import Pool
from executor.sandbox.container import Sandbox
from executor.sandbox.engine import containers, remove
from executor.sandbox.probe import Probe
from executor.sandbox.spec import LABEL_INSTANCE, container_spec
from tests.support.threads import beside
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.docker

SLOT, CONTAINER = Probe(lane="slot"), Probe(lane="container", step="mount", reason="refused")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A machine that offers a lane, and slots that are ready for a run unless the test says no."""
    said: dict[str, Any] = {"lane": SLOT, "is_ready": True}
    started = Sandbox.start

    def start(spec: Any, boot_seconds: float) -> Sandbox:
        sandbox = started(spec, boot_seconds)
        sandbox.lane = said["lane"].lane
        return sandbox

    monkeypatch.setattr(pool_module, "probe", lambda *ways: said["lane"])
    monkeypatch.setattr(Sandbox, "start", start)
    monkeypatch.setattr(Sandbox, "settle", lambda self, timeout: said["is_ready"])
    return said


@pytest.fixture
def shared(make_pool: Callable[..., Pool], machine: Any, monkeypatch: pytest.MonkeyPatch) -> Pool:
    plain = container_spec
    monkeypatch.setattr(
        creation, "container_spec", lambda *args, nested, **more: plain(*args, **more)
    )
    pool = make_pool(pool_size=1, isolation="auto", max_runs=2, slot_seconds=3600)
    pool.start()
    eventually(lambda: pool.state().ready == pool.state().target)
    return pool


@contextmanager
def run(pool: Pool, owner: str | None = "alice", *, exits: bool = True) -> Iterator[Lease]:
    with pool.sandbox(LANGUAGES["python"], default_limits(), read_only=True, owner=owner) as lease:
        yield lease
        lease.may_serve_again = exits


def ran(pool: Pool, owner: str | None = "alice", *, exits: bool = True) -> Any:
    """Let a run of the owner begin and end; return the id of its container."""
    with run(pool, owner, exits=exits) as lease:
        return lease.sandbox.container_id


def names(instance: str) -> Any:
    return {one["Id"] for one in containers(f"{LABEL_INSTANCE}={instance}")}


def test_container_serves_its_owners_next_runs_and_nobody_elses(shared: Pool) -> None:
    first = ran(shared)
    assert ran(shared, "bob") != first
    assert ran(shared, owner=None) != first
    assert ran(shared) == first
    with run(shared) as one, run(shared) as other:
        assert one.sandbox.container_id == first
        assert other.sandbox.container_id != first
    assert shared.state().slots["python"] == 3
    assert shared.state().served_again == 2
    eventually(lambda: shared.state().busy == 0)


def test_container_serves_nobody_after_a_bad_end_or_if_it_is_not_ready(
    shared: Pool, machine: Any, instance: str
) -> None:
    first = ran(shared, exits=False)
    second = ran(shared)
    assert second != first
    machine["is_ready"] = False
    third = ran(shared)
    assert third not in {first, second}
    eventually(lambda: not names(instance) & {first, second})


def test_container_that_dies_after_it_was_ready_serves_nobody(shared: Pool) -> None:
    with run(shared) as lease:
        died = lease.sandbox
    remove(died.container_id)
    eventually(lambda: not died.is_waiting())
    assert ran(shared) != died.container_id
    assert shared.state().served_again == 0


def test_keeper_looks_at_no_container_that_has_just_served(
    shared: Pool, machine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(shared)
    machine["is_ready"] = False
    shared.slots.look_after(shared._creator.image)
    assert shared.state().slots["python"] == 1
    monkeypatch.setattr(owned, "REST_SECONDS", -1.0)
    shared.slots.look_after(shared._creator.image)
    assert shared.state().slots["python"] == 0


def test_owner_who_may_run_nothing_keeps_no_container(shared: Pool, instance: str) -> None:
    idle, others = ran(shared), ran(shared, "bob")
    with run(shared, "carol") as lease:
        shared.slots.retire("alice")
        shared.slots.retire("carol")
        eventually(lambda: idle not in names(instance))
        assert lease.sandbox.container_id in names(instance)
    eventually(lambda: lease.sandbox.container_id not in names(instance))
    assert others in names(instance)
    assert shared.slots.owners() == {"bob"}


def test_lane_that_is_lost_leaves_no_slot_and_no_idle_nested_sandbox(
    shared: Pool, machine: Any, instance: str
) -> None:
    before = {ran(shared)} | names(instance)
    machine["lane"] = CONTAINER
    shared.check_lane()
    eventually(lambda: not names(instance) & before)
    assert ran(shared) != ran(shared)
    assert shared.lane() == CONTAINER


def test_nested_sandbox_whose_lane_is_lost_while_it_starts_serves_nobody(
    shared: Pool, machine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_started, may_end, start = threading.Event(), threading.Event(), Sandbox.start

    def start_late(spec: Any, boot_seconds: float) -> Sandbox:
        sandbox = start(spec, boot_seconds)
        has_started.set()
        assert may_end.wait(PATIENCE_SECONDS)
        return sandbox

    def lane_of_a_run() -> str:
        with run(shared, "bob") as lease:
            return lease.sandbox.lane

    monkeypatch.setattr(Sandbox, "start", start_late)
    with run(shared):
        caller, lanes = beside(lane_of_a_run)
        eventually(lambda: has_started.is_set() and shared.state().waiting == 1)
        machine["lane"] = CONTAINER
        shared.check_lane()
        may_end.set()
        caller.join(PATIENCE_SECONDS)
    assert lanes == ["container"]
    eventually(lambda: shared.state().ready == shared.state().target)


@pytest.mark.parametrize("step", ["lowered", "delivered"])
def test_nested_sandbox_whose_lane_is_lost_before_its_run_begins_serves_nobody(
    shared: Pool, machine: Any, monkeypatch: pytest.MonkeyPatch, instance: str, step: str
) -> None:
    limits, got = default_limits(), []

    def lose_the_lane(sandbox: Sandbox) -> None:
        got.append(sandbox.container_id)
        machine["lane"] = CONTAINER
        shared.check_lane()

    if step == "lowered":
        limits = replace(limits, processes=limits.processes - 1)
        monkeypatch.setattr(Sandbox, "lower", lambda sandbox, limits: lose_the_lane(sandbox))
    else:
        wait = shared._wait_for_start  # private: no caller can be stopped between two of its steps

        def wait_and_lose(*arguments: Any) -> Sandbox:
            lose_the_lane(sandbox := wait(*arguments))
            return sandbox

        monkeypatch.setattr(shared, "_take", lambda slug: None)
        monkeypatch.setattr(shared, "_wait_for_start", wait_and_lose)
    with shared.sandbox(LANGUAGES["python"], limits, read_only=True, owner="bob") as lease:
        assert lease.sandbox.lane == "container"
        assert not lease.warm
        eventually(lambda: got[0] not in names(instance))


def test_closed_pool_leaves_no_idle_slot_and_keeps_none_of_a_run_under_way(
    shared: Pool, instance: str
) -> None:
    ran(shared, "bob")
    with run(shared) as lease:
        shared.close()
        assert names(instance) == {lease.sandbox.container_id}
    assert names(instance) == set()
