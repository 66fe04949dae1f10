"""Runs in real slots, through the executor's door: who shares a container, and what a result says."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from executor import RunRequest, default_limits, execute
from executor.limits import MiB
from executor.pool import owned
from executor.pool.pool import Pool
from executor.runs import RunResult
from tests.support.slots import skip_without_slots
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.docker

LEAVE = "open('/tmp/left', 'w').write('x'); print('written')"
LOOK = "import os; print(os.listdir('/tmp'))"
END_BY_A_SIGNAL = "import os; os.kill(os.getpid(), 9)"


@pytest.fixture
def pool(make_pool: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch) -> Pool:
    """A pool with slots, which the executor uses."""
    skip_without_slots()
    pool = make_pool(pool_size=1, isolation="auto")
    monkeypatch.setattr(sys.modules["executor.execute"], "pool", lambda: pool)
    monkeypatch.setattr("executor.pool.owned.SETTLE_SECONDS", PATIENCE_SECONDS)
    pool.start()
    eventually(lambda: pool.state().ready == pool.state().target)

    return pool


@pytest.fixture
def run(pool: Pool) -> Callable[..., RunResult]:
    """A function that runs a program of an owner in that pool."""

    def one(
        code: str = "print(1)", owner: str = "alice", language: str = "python", **fields: Any
    ) -> RunResult:
        limits = fields.pop("limits", default_limits())
        request = RunRequest(code=code, language=language, limits=limits, **fields)
        return execute(request, owner=owner)

    return one


def said(result: RunResult) -> tuple[str, int]:
    return result.lane, result.run_number


@pytest.mark.parametrize(
    ("language", "code"), [("python", "print(1)"), ("javascript", "console.log(1)")]
)
def test_owners_runs_share_a_container_one_after_another(
    run: Callable[..., RunResult], pool: Pool, language: str, code: str
) -> None:
    results = [run(code, language=language) for _ in range(3)]
    assert [result.stdout for result in results] == ["1\n"] * 3
    assert [said(result) for result in results] == [("slot", 1), ("slot", 2), ("slot", 3)]
    assert len({result.sandbox for result in results}) == 1
    assert pool.state().served_again == 2


def test_run_finds_nothing_of_the_one_before_in_the_same_container(
    run: Callable[..., RunResult],
) -> None:
    left, looked = run(LEAVE), run(LOOK)
    assert looked.sandbox == left.sandbox
    assert (left.stdout, looked.stdout) == ("written\n", "[]\n")


def test_runs_that_share_nothing_have_a_container_each(run: Callable[..., RunResult]) -> None:
    shared = run()
    alone = [
        run(owner="bob"),
        run(owner=None),
        run(isolation="container"),
        run(read_only=False),
        run(limits=replace(default_limits(), memory_bytes=64 * MiB)),
    ]
    assert [result.stdout for result in alone] == ["1\n"] * 5
    assert [said(result) for result in alone] == [("slot", 1)] + [("container", 1)] * 4
    assert len({result.sandbox for result in (shared, *alone)}) == 6
    assert run().sandbox == shared.sandbox


def test_container_serves_no_run_after_one_that_did_not_exit(run: Callable[..., RunResult]) -> None:
    first = run()
    ended = run(END_BY_A_SIGNAL)
    after = run()
    assert (ended.sandbox, said(ended), ended.signal) == (first.sandbox, ("slot", 2), 9)
    assert said(after) == ("slot", 1)
    assert after.sandbox != first.sandbox


def test_container_that_was_looked_after_still_serves(
    run: Callable[..., RunResult], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owned, "REST_SECONDS", -1.0)
    first = run()
    for _ in range(2):
        pool.slots.look_after(pool._creator.image)
    assert run().sandbox == first.sandbox
