"""Containers of killed processes are removed by the right process: tested with real processes."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from executor.pool import reaper
from executor.pool.pool import Pool
from executor.sandbox import engine
from executor.sandbox.container import Sandbox
from executor.sandbox.spec import LABEL_INSTANCE
from tests.support.present import present
from tests.support.sandboxes import make_spec
from tests.support.waiting import eventually

pytestmark = pytest.mark.docker

DJANGO = "import django; django.setup()\n"
FILL_A_POOL = """
from executor import pool_state, warm_up
from tests.support.waiting import eventually
warm_up()
eventually(lambda: sum(pool_state().ready.values()) == 2)
"""
RUN_A_PROGRAM = """
from executor import RunRequest, default_limits, execute
code = "print('under way')\\nwhile True: pass"
run = RunRequest(code=code, limits=default_limits())
execute(run, on_event=lambda event: (print("ready", flush=True), input()))
"""
ONLY_CREATE = """
import os
from executor.sandbox import engine
from tests.support.sandboxes import make_spec
engine.create(make_spec(instance=os.environ["EXECUTOR_INSTANCE"]))
"""


@contextmanager
def process(script: str, instance: str) -> Iterator[None]:
    """Start another process of this deployment; send it SIGKILL at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", f"{DJANGO}{script}\nprint('ready', flush=True)\ninput()"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "EXECUTOR_INSTANCE": instance,
            "EXECUTOR_POOL_SIZE": "1",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        try:
            assert present(other.stdout).readline() == b"ready\n"
            yield
        finally:
            other.kill()


def states(instance: str) -> Any:
    return [c["State"] for c in engine.containers(f"{LABEL_INSTANCE}={instance}")]


@pytest.mark.parametrize(("script", "count"), [(FILL_A_POOL, 2), (RUN_A_PROGRAM, 1)])
def test_sandboxes_of_a_killed_process_end_by_themselves_and_are_swept(
    instance: str, script: str, count: int
) -> None:
    with process(script, instance):
        eventually(lambda: states(instance) == ["running"] * count)  # a probe may be leaving
    eventually(lambda: states(instance) == ["exited"] * count)
    assert len(reaper.sweep(instance)) == count
    assert states(instance) == []


def test_created_container_of_a_killed_process_is_swept(instance: str) -> None:
    with process(ONLY_CREATE, instance):
        assert states(instance) == ["created"]
    assert len(reaper.sweep(instance)) == 1


def test_another_instances_leftovers_are_not_ours(instance: str) -> None:
    with process(ONLY_CREATE, instance):
        pass
    assert reaper.sweep("test-other") == []
    assert states(instance) == ["created"]
    assert len(reaper.sweep(instance)) == 1


def test_sandboxes_of_a_living_process_are_never_swept(
    instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaper, "GRACE_SECONDS", -60)
    with process(FILL_A_POOL, instance):
        eventually(lambda: states(instance) == ["running"] * 2)  # a probe may be leaving
        assert reaper.sweep(instance) == []
        assert states(instance) == ["running"] * 2
    assert len(reaper.sweep(instance)) == 2


def test_own_containers_are_never_swept_however_old(
    instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool removes them."""
    monkeypatch.setattr(reaper, "GRACE_SECONDS", -60)
    container = engine.create(make_spec(instance=instance))
    assert reaper.sweep(instance) == []
    engine.remove(container)


@pytest.mark.parametrize("owner", ["elsewhere/1/2/3", "nonsense"])
def test_unknown_owners_containers_are_swept_only_once_ended(
    instance: str, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    monkeypatch.setattr(reaper, "GRACE_SECONDS", -60)
    sandbox = Sandbox.start(make_spec(instance=instance, owner=owner))
    assert reaper.sweep(instance) == []
    sandbox.attachment.close()
    eventually(lambda: states(instance) == ["exited"])
    assert reaper.sweep(instance) == [sandbox.container_id]


def test_started_pool_sweeps_what_its_predecessor_left(
    instance: str, make_pool: Callable[..., Pool]
) -> None:
    with process(ONLY_CREATE, instance):
        pass
    make_pool(pool_size=0).start()
    eventually(lambda: states(instance) == [])
