"""The check after every test of sandboxes: it finds and removes leftovers."""

import pytest

from executor import default_limits, execute
from executor.pool.pool import pool
from executor.runs import RunRequest
from executor.sandbox import engine
from tests.support import lane, leftovers
from tests.support.sandboxes import make_spec

pytestmark = pytest.mark.docker


def test_container_that_a_test_leaves_is_found_and_removed(
    instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "PATIENCE_SECONDS", 0.1)
    container = engine.create(make_spec(instance=instance))
    assert list(leftovers.settled(leftovers.of_no_pool)) == [container]
    assert container not in leftovers.of_this_process()


@pytest.mark.container
def test_sandbox_that_the_pool_holds_is_no_leftover() -> None:
    lane.use_containers()  # and those of earlier tests are gone
    held = []
    code = "print(1, flush=True); import time; time.sleep(0.5)"
    execute(
        RunRequest(code=code, limits=default_limits()),
        on_event=lambda _: held.append((leftovers.of_this_process(), leftovers.of_no_pool())),
    )
    assert pool().state().created
    assert len(held[0][0]) == 1
    assert held[0][1] == {}


@pytest.mark.parametrize(("instance_of", "is_left"), [("test-killed", False), ("site", True)])
def test_leftovers_of_killed_tests_are_swept_and_no_others(instance_of: str, is_left: bool) -> None:
    *place, _ = make_spec(instance="")["Labels"]["safe-code-executor.owner"].split("/")
    spec = make_spec(instance=instance_of, owner="/".join([*place, "0"]))
    container = engine.create(spec)
    try:
        leftovers.sweep_after_dead_tests()
        assert (engine.exit_state(container) is not None) == is_left
    finally:
        engine.remove(container)
