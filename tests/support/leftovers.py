"""Containers and networks that tests leave on the engine: found by label, reported once, and removed."""

from collections.abc import Callable
from contextlib import suppress
from time import monotonic, sleep

from executor import EngineError, process_is_alive, this_process
from executor.pool.pool import pool
from executor.sandbox import engine
from executor.sandbox.spec import LABEL_INSTANCE, LABEL_OWNER

PATIENCE_SECONDS = 30
"""A sandbox is removed after the answer of its run; a loaded engine takes a second."""

Found = dict[str, str]
"""Ids, and their names in a report."""


def found(label: str) -> Found:
    """List everything in the engine with the label, in any state."""
    containers = {
        one["Id"]: f"{one['Names'] or one['Id'][:12]} ({one['Status']})"
        for one in engine.containers(label)
    }
    return containers | {one["Id"]: f"network {one['Name']}" for one in engine.networks(label)}


def of_this_process() -> Found:
    return found(f"{LABEL_OWNER}={this_process()}")


def of_no_pool() -> Found:
    """List the leftovers of this process, without the sandboxes that its pool still removes."""
    mine = of_this_process()
    if not pool.is_made():
        return mine
    # Private: only this function needs the holdings of a pool.
    held = pool()._holdings.names()
    return {key: text for key, text in mine.items() if not any(name in text for name in held)}


def settled(look: Callable[[], Found]) -> Found:
    """Return the leftovers after a wait; remove them, so that no later test fails for them."""
    end = monotonic() + PATIENCE_SECONDS
    while (left := look()) and monotonic() < end:
        sleep(0.05)
    for key in left:
        with suppress(EngineError):
            engine.remove(key)
        with suppress(EngineError):
            engine.remove_network(key)
    return left


def sweep_after_dead_tests() -> None:
    """Remove the containers of killed tests: no pool sweeps the instance of a test."""
    for one in (*engine.containers(LABEL_OWNER), *engine.networks(LABEL_OWNER)):
        labels = one["Labels"]
        is_dead = process_is_alive(labels[LABEL_OWNER]) is False
        if is_dead and labels.get(LABEL_INSTANCE, "").startswith("test-"):
            with suppress(EngineError):
                (engine.remove_network if "Driver" in one else engine.remove)(one["Id"])
