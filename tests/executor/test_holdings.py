"""No container outlives its pool while the real engine fails in between."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from executor import ABLATIONS, LANGUAGES, EngineError, default_limits
from executor.conf import config
from executor.pool import cleaners, pool, starters
from executor.pool.owned import Lease
from executor.pool.pool import Pool
from executor.sandbox import engine
from executor.sandbox.container import Sandbox
from executor.sandbox.engine import containers, networks
from executor.sandbox.spec import LABEL_INSTANCE
from tests.support.faulty_engine import FaultyEngine, faulty_engine
from tests.support.waiting import eventually

pytestmark = pytest.mark.docker

CREATE, REMOVE = "POST /containers/create", "DELETE /containers/"
CREATE_NETWORK, REMOVE_NETWORK = "POST /networks/create", "DELETE /networks/"
MANY = 1_000_000


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[FaultyEngine]:
    """Put a faulty proxy between this process and the engine during the test."""
    with pytest.MonkeyPatch.context() as patch, faulty_engine(tmp_path / "engine.sock") as made:
        patch.setattr(engine.remove, "__kwdefaults__", {"pauses": (0.02, 0.02)})
        patch.setattr(pool, "CLEAR_PAUSE_SECONDS", 0.1)
        patch.setattr(starters, "RETRY_SECONDS", 0.1)
        patch.setenv("DOCKER_HOST", f"unix://{made.path}")
        patch.setattr(engine, "_local", threading.local())
        yield made
        made.mend()


@pytest.fixture
def make_pool(instance: str, faulty: FaultyEngine) -> Iterator[Callable[..., Pool]]:
    """Make pools as conftest.py does, but close them before the engine works again."""
    made = []

    def make(**over: Any) -> Pool:
        own = {"instance": instance, "pool_size": 1, "isolation": "container", **over}
        made.append(Pool(replace(config(), **own)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def left(instance: str) -> Any:
    label = f"{LABEL_INSTANCE}={instance}"
    return [*containers(label), *networks(label)]


@contextmanager
def take(pool: Pool) -> Iterator[tuple[Sandbox, bool]]:
    with pool.sandbox(LANGUAGES["python"], default_limits(), read_only=True) as lease:
        yield lease.sandbox, lease.warm


def weakened(pool: Pool, ablation: str = "no-network") -> AbstractContextManager[Lease]:
    return pool.weakened_sandbox(
        LANGUAGES["python"], default_limits(), ABLATIONS[ablation], read_only=True
    )


def is_full(pool: Pool) -> bool:
    return pool.state().ready == pool.state().target


# --- Removals that fail ---


def test_removal_that_fails_at_first_is_tried_again(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine
) -> None:
    refused = faulty.fault(REMOVE, refuses=True)
    with take(make_pool()) as (sandbox, _):
        pass
    eventually(lambda: refused.met.is_set() and engine.exit_state(sandbox.container_id) is None)


def test_removal_that_keeps_failing_is_retried_by_the_open_pool(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine
) -> None:
    one = make_pool()
    one.start()
    eventually(lambda: is_full(one))
    faulty.fault(REMOVE, refuses=True, times=5)
    with take(one) as (sandbox, _):
        pass
    eventually(lambda: engine.exit_state(sandbox.container_id) is None)
    with take(one):  # it is open still
        pass


@pytest.mark.parametrize("is_started", [True, False])
def test_removal_that_keeps_failing_is_retried_by_the_closing_pool(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine, is_started: bool
) -> None:
    one = make_pool()
    if is_started:
        one.start()
        eventually(lambda: is_full(one))
    with take(one):
        faulty.fault(REMOVE, refuses=True, times=10)
    one.close()
    assert left(instance) == []


def test_run_that_outlives_its_pool_is_removed_though_removal_fails(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine
) -> None:
    one = make_pool()
    with take(one) as (sandbox, _):
        one.close()
        assert [found["Id"] for found in left(instance)] == [sandbox.container_id]
        faulty.fault(REMOVE, refuses=True, times=4)
    assert left(instance) == []


def test_container_that_cannot_be_removed_is_reported_in_bounded_time(
    make_pool: Callable[..., Pool],
    instance: str,
    faulty: FaultyEngine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(cleaners, "CLOSE_SECONDS", 0.3)
    one = make_pool()
    with take(one) as (sandbox, _):
        refused = faulty.fault(REMOVE, refuses=True, times=MANY)
    with caplog.at_level(logging.ERROR, logger="executor.pool.cleaners"):
        one.close()
    assert f"left on the engine: {sandbox.name}" in caplog.text
    refused.times = 0
    engine.remove(sandbox.container_id)


# --- Starts that fail, and answers that are lost ---


@pytest.mark.parametrize("what", ["refuses", "loses_answer"])
def test_start_that_fails_with_its_clean_up_leaves_nothing(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine, what: str
) -> None:
    one = make_pool()
    faulty.fault("POST /containers/[0-9a-f]+/start", **{what: True})
    faulty.fault(REMOVE, refuses=True, times=3)
    with pytest.raises(EngineError), take(one):
        pass
    assert len(left(instance)) == 1
    one.close()
    assert left(instance) == []


def test_container_of_an_unanswered_creation_is_removed_by_the_open_pool(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine
) -> None:
    one = make_pool()
    lost = faulty.fault(CREATE, loses_answer=True)
    one.start()
    assert lost.met.wait(60)
    eventually(lambda: is_full(one))
    eventually(lambda: len(left(instance)) == 2)
    assert one.state().failures == 1


def test_container_of_a_probe_whose_creation_was_not_answered_is_removed(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine
) -> None:
    one = make_pool(isolation="auto")
    lost = faulty.fault(CREATE, loses_answer=True)
    one.decide_lane()
    assert lost.met.wait(60)
    assert len(left(instance)) == 1
    one.start()
    eventually(lambda: is_full(one))
    eventually(lambda: len(left(instance)) == 2)
    assert one.state().failures == 0


def test_container_of_an_unanswered_creation_is_removed_by_a_closing_pool(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine
) -> None:
    one = make_pool()
    faulty.fault(CREATE, loses_answer=True)
    with pytest.raises(EngineError), take(one):
        pass
    assert len(left(instance)) == 1
    one.close()
    assert left(instance) == []


def test_container_that_is_made_after_its_pool_began_to_close_is_removed(
    make_pool: Callable[..., Pool],
    instance: str,
    faulty: FaultyEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = make_pool()
    goes_on = threading.Event()
    lost = faulty.fault(CREATE, loses_answer=True, waits_for=goes_on)
    with pytest.raises(EngineError), take(one):
        pass
    assert left(instance) == []
    seen = engine.containers

    def look(label: Any) -> Any:
        found = seen(label)
        goes_on.set()  # the first look of the closing pool finds nothing yet
        return found

    monkeypatch.setattr(engine, "containers", look)
    one.close()
    assert lost.done.wait(60)
    assert left(instance) == []


def test_container_that_the_engine_lists_before_it_can_remove_it_is_removed(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine
) -> None:
    one = make_pool()
    faulty.fault(CREATE, loses_answer=True)
    with pytest.raises(EngineError), take(one):
        pass
    denied = faulty.fault(REMOVE, denies=True)
    one.close()
    assert denied.met.is_set()
    assert left(instance) == []


def test_pool_that_closes_while_it_starts_sandboxes_leaves_nothing(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine
) -> None:
    one = make_pool(pool_size=2)
    goes_on = threading.Event()
    under_way = [faulty.fault(CREATE, waits_for=goes_on) for _ in range(4)]
    one.start()
    assert all(fault.met.wait(60) for fault in under_way[:2])
    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(one.close)
        eventually(one._closing.is_set)  # private: from outside, a pool that closes looks open
        goes_on.set()
        closing.result(60)
    assert left(instance) == []


def test_pools_that_open_and_close_quickly_leave_nothing(instance: str) -> None:
    def live(number: Any) -> None:
        one = Pool(replace(config(), instance=instance, pool_size=1 + number % 2))
        one.start()
        threading.Event().wait(0.05 * (number % 5))
        one.close()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(live, range(12)))
    assert left(instance) == []


# --- Networks ---


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        (REMOVE, {"refuses": True, "times": 4}),
        (REMOVE_NETWORK, {"refuses": True}),
        (REMOVE_NETWORK, {"loses_answer": True}),
    ],
)
def test_weakened_run_whose_removal_fails_leaves_nothing(
    make_pool: Callable[..., Pool],
    instance: str,
    faulty: FaultyEngine,
    request_: str,
    what: dict[str, Any],
) -> None:
    one = make_pool()
    with weakened(one):
        faulty.fault(request_, **what)
    one.close()
    assert left(instance) == []


@pytest.mark.parametrize("request_", [CREATE_NETWORK, CREATE])
def test_weakened_run_whose_creation_was_not_answered_leaves_nothing(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine, request_: str
) -> None:
    one = make_pool()
    faulty.fault(request_, loses_answer=True)
    with pytest.raises(EngineError), weakened(one):
        pass
    assert left(instance) != []
    one.close()
    assert left(instance) == []


# --- Callers that leave ---


def test_caller_who_is_interrupted_in_the_queue_costs_no_sandbox(
    make_pool: Callable[..., Pool], instance: str, faulty: FaultyEngine
) -> None:
    one = make_pool()
    goes_on = threading.Event()
    faulty.fault(CREATE, waits_for=goes_on, times=MANY)
    one.start()

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    def interrupt_the_wait() -> None:
        try:
            eventually(lambda: one.state().waiting == 1)
        finally:
            os.kill(os.getpid(), signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, interrupt)
    interrupter = threading.Thread(target=interrupt_the_wait)
    interrupter.start()
    try:
        with pytest.raises(KeyboardInterrupt), take(one):
            pass
    finally:
        interrupter.join()
        signal.signal(signal.SIGALRM, before)
    goes_on.set()
    eventually(lambda: is_full(one))
    assert (one.state().busy, one.state().waiting) == (0, 0)


AT_EXIT = """
import atexit, os, threading
import django; django.setup()
from executor import LANGUAGES, default_limits
from executor.pool.pool import pool
has_one, may_end = threading.Event(), threading.Event()
def run():
    with pool().sandbox(LANGUAGES["python"], default_limits(), read_only=True):
        has_one.set()
        may_end.wait()
thread = threading.Thread(target=run, daemon=True)
thread.start()
has_one.wait()
def end():
    may_end.set()
    thread.join()
atexit.register(end)  # before the pool's own
"""


def test_run_that_ends_while_the_interpreter_does_leaves_nothing(instance: str) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "EXECUTOR_INSTANCE": instance}
    ended = subprocess.run(
        [sys.executable, "-c", AT_EXIT],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert left(instance) == []
