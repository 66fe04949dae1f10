"""The lane in which the suite runs: with EXECUTOR_ISOLATION=auto, what tests run gets slots.

`execute` shares a container only between runs of one owner, in a pool that was started. So here the tests
of a module are one owner, and each program comes after others of its module. A call that names an owner,
or None, keeps that.
"""

import sys

import pytest

from executor import execute, shutdown
from executor.conf import config
from executor.pool.pool import Pool, pool

from .present import present

IS_FAST = config().isolation == "auto"
BOOT = config().boot if IS_FAST else "exec"


def in_words() -> str:
    return f"slot, boot by {config().boot}" if IS_FAST else "container"


def started() -> Pool:
    """Return the process's pool. A test may have closed the last one and forgotten it."""
    pool().start()
    return pool()


def use_slots(monkeypatch: pytest.MonkeyPatch, owner: str) -> None:
    """Run in slots of this owner until the test ends.

    The patches are undone with the test's own, which may be of the same function.
    """
    monkeypatch.setattr(sys.modules["executor.execute"], "pool", started)
    # The default, because tests have imported the function under its name.
    monkeypatch.setitem(present(execute.__kwdefaults__), "owner", owner)


def use_containers() -> None:
    """Run in containers that are no slots: a pool that is not started has none."""
    shutdown()
    pool.forget()
