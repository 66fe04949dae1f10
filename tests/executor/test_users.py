"""A user id for each sandbox: used in turn, and never twice at once on one engine."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from executor import LANGUAGES, EngineError, default_limits
from executor.conf import config
from executor.pool.pool import Pool
from executor.pool.reaper import sweep
from executor.pool.users import TRIES, UserIds
from executor.sandbox import engine
from executor.sandbox.container import Sandbox
from executor.sandbox.engine import containers
from executor.sandbox.spec import LABEL_INSTANCE
from tests.support.sandboxes import inspect, make_spec
from tests.support.waiting import eventually

FIRST = 2_100_000_000 + 4 * os.getpid()
THREE = range(FIRST, FIRST + 3)
"""Not of the default range, and this process's alone: nobody else takes them."""


@contextmanager
def take(pool: Pool) -> Iterator[tuple[Sandbox, bool]]:
    with pool.sandbox(LANGUAGES["python"], default_limits(), read_only=True) as lease:
        yield lease.sandbox, lease.warm


def user_of(sandbox: Sandbox) -> Any:
    return inspect(sandbox.container_id)["Config"]["User"]


def test_candidates_are_tried_once_and_the_next_walk_continues() -> None:
    ids = UserIds(range(5000, 5010))
    first, walk = next(ids.candidates()), list(ids.candidates())
    assert sorted(walk) == list(range(5000, 5010))
    assert walk[0] == 5000 + (first - 5000 + 1) % 10
    assert next(ids.candidates()) == 5000 + (walk[-1] - 5000 + 1) % 10


def test_walk_through_a_large_range_is_bounded() -> None:
    assert len(list(UserIds(range(10**6)).candidates())) == TRIES


def test_id_is_not_used_again_before_all_others_were() -> None:
    ids = UserIds(range(1000))
    assert len({next(ids.candidates()) for _ in range(1000)}) == 1000


def test_walks_of_two_processes_start_at_different_places() -> None:
    assert len({next(UserIds(range(10**6)).candidates()) for _ in range(5)}) > 1


def test_threads_never_get_the_same_candidate() -> None:
    ids = UserIds(range(4000))
    found: list[int] = []

    def walk() -> None:
        found.extend(next(ids.candidates()) for _ in range(1000))

    threads = [threading.Thread(target=walk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 4000


@pytest.mark.docker
def test_sandboxes_of_two_instances_never_share_an_id(
    instance: str, make_pool: Callable[..., Pool]
) -> None:
    one, other = make_pool(uids=THREE), make_pool(uids=THREE, instance=f"{instance}-other")
    with take(one) as (a, _), take(other) as (b, _), take(one) as (c, _):
        assert {user_of(x) for x in (a, b, c)} == {f"{n}:{n}" for n in THREE}
        with pytest.raises(EngineError, match="EXECUTOR_UIDS"), take(other):
            pass
        # A refusal takes nothing from those who have one.
        assert all(x.is_waiting() for x in (a, b, c))
        other.close()
        assert all(x.is_waiting() for x in (a, b, c))
    assert containers(f"{LABEL_INSTANCE}={instance}-other") == []


def has_destroyed(pool: Pool, count: int) -> bool:
    return pool.state().destroyed == count


@pytest.mark.docker
def test_id_is_free_again_when_its_sandbox_is_gone(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(uids=THREE)
    for number in range(5):
        with take(pool) as (sandbox, _):
            assert int(user_of(sandbox).split(":")[0]) in THREE
        eventually(partial(has_destroyed, pool, number + 1))


@pytest.mark.docker
def test_id_of_a_killed_owners_sandbox_is_free_after_the_sweep(
    instance: str, make_pool: Callable[..., Pool]
) -> None:
    *place, _ = make_spec(instance=instance)["Labels"]["safe-code-executor.owner"].split("/")
    dead = "/".join([*place, "0"])
    for uid in THREE:
        spec = make_spec(instance=instance, owner=dead)
        engine.create({**spec, "name": f"safe-code-executor-uid-{uid}"})
    pool = make_pool(uids=THREE)
    with pytest.raises(EngineError, match="EXECUTOR_UIDS"), take(pool):
        pass
    assert len(sweep(instance)) == 3
    with take(pool):
        pass


@pytest.mark.docker
def test_started_pool_gives_each_waiting_sandbox_another_id(
    make_pool: Callable[..., Pool], instance: str
) -> None:
    pool = make_pool(pool_size=2)
    pool.start()
    eventually(lambda: pool.state().ready == pool.state().target)
    containers = engine.containers(f"{LABEL_INSTANCE}={instance}")
    users = {inspect(one["Id"])["Config"]["User"] for one in containers}
    assert len(users) == sum(pool.state().target.values())
    assert all(int(user.split(":")[0]) in config().uids for user in users)


@pytest.mark.docker
def test_sandbox_is_the_only_one_of_its_name(instance: str) -> None:
    spec = make_spec(instance=instance)
    sandbox = Sandbox.start(spec)
    try:
        with pytest.raises(EngineError, match="already in use"):
            Sandbox.start(spec)
        assert sandbox.is_waiting()
    finally:
        sandbox.destroy()


@pytest.mark.docker
def test_pool_that_closes_removes_nothing_of_another_pools(instance: str) -> None:
    one, other = (Pool(replace(config(), instance=instance)) for _ in range(2))
    with take(one) as (sandbox, _):
        with take(other):
            pass
        other.close()
        assert sandbox.is_waiting()
    one.close()
