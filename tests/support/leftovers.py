"""Containers and networks that tests leave on the engine: found by label, reported once, and removed."""

from collections.abc import Callable
from contextlib import suppress
from time import monotonic, sleep

from executor import EngineError, process_is_alive, this_process
from executor.pool.pool import pool
from executor.sandbox import engine
from executor.sandbox.spec import LABEL_INSTANCE, LABEL_OWNER

PATIENCE_SECONDS = 30
"""A sandbox is removed behind its run's answer, and a loaded engine takes a second for it."""

Found = dict[str, str]
"""Ids, and what a report calls them."""


def found(label: str) -> Found:
    """What the engine lists with the label, whatever its state."""
    containers = {
        one["Id"]: f"{one['Names'] or one['Id'][:12]} ({one['Status']})"
        for one in engine.containers(label)
    }
    return containers | {one["Id"]: f"network {one['Name']}" for one in engine.networks(label)}


def of_this_process() -> Found:
    return found(f"{LABEL_OWNER}={this_process()}")


def of_no_pool() -> Found:
    """Of this process, but not what the process's pool still holds, of which it takes care."""
    mine = of_this_process()
    if not pool.cache_info().currsize:
        return mine
    # Private: nobody but this asks what a pool holds.
    held = pool()._holdings.names()
    return {key: text for key, text in mine.items() if not any(name in text for name in held)}


def settled(look: Callable[[], Found]) -> Found:
    """What is still there after a while; removed, so that no later test is blamed for it."""
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
    """Instances of tests exist for one process or one test: once it is killed, no pool sweeps them."""
    for one in (*engine.containers(LABEL_OWNER), *engine.networks(LABEL_OWNER)):
        labels = one["Labels"]
        is_dead = process_is_alive(labels[LABEL_OWNER]) is False
        if is_dead and labels.get(LABEL_INSTANCE, "").startswith("test-"):
            with suppress(EngineError):
                (engine.remove_network if "Driver" in one else engine.remove)(one["Id"])
