"""Which thread removes a sandbox. No engine is needed."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from executor.pool.cleaners import CLEANERS, Cleaners
from executor.pool.holdings import Holdings
from tests.support.waiting import PATIENCE_SECONDS, eventually

MOST = CLEANERS * CLEANERS


class FakeSandbox:
    """A sandbox that keeps the thread that removes it; the removal waits for `may_end`."""

    name = "fake"

    def __init__(self, may_end: threading.Event) -> None:
        self.may_end = may_end
        self.removed_by: threading.Thread | None = None

    def close_stdin(self) -> None:
        pass

    def destroy(self) -> None:
        self.removed_by = threading.current_thread()
        assert self.may_end.wait(PATIENCE_SECONDS)


@pytest.fixture
def may_end() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def cleaners(may_end: threading.Event) -> Iterator[Cleaners]:
    made = Cleaners(Holdings("test"))
    yield made
    may_end.set()
    made.close()


def at_once() -> Any:
    """A sandbox whose removal does not wait."""
    now = threading.Event()
    now.set()
    return FakeSandbox(now)


def test_removals_in_callers_threads_keep_no_other_caller_waiting(
    cleaners: Cleaners, may_end: threading.Event
) -> None:
    late: Any = [FakeSandbox(may_end) for _ in range(MOST)]
    callers = [threading.Thread(target=cleaners.destroy, args=(one,)) for one in late]
    for caller in callers:
        caller.start()
    eventually(lambda: all(one.removed_by for one in late))
    other = at_once()
    cleaners.discard(other)
    eventually(lambda: other.removed_by is not None)
    assert other.removed_by is not threading.current_thread()
    may_end.set()
    for caller in callers:
        caller.join(PATIENCE_SECONDS)
    assert (cleaners.taken, cleaners.destroyed) == (MOST + 1, MOST + 1)


def test_caller_removes_its_own_while_the_threads_have_fallen_behind(
    cleaners: Cleaners, may_end: threading.Event
) -> None:
    slow: Any = [FakeSandbox(may_end) for _ in range(MOST)]
    for one in slow:
        cleaners.discard(one)
    own = at_once()
    cleaners.discard(own)
    assert own.removed_by is threading.current_thread()
    may_end.set()
    eventually(lambda: cleaners.destroyed == MOST + 1)
    eventually(lambda: _is_removed_by_another_thread(cleaners))


def _is_removed_by_another_thread(cleaners: Cleaners) -> bool:
    sandbox = at_once()
    cleaners.discard(sandbox)
    return sandbox.removed_by is not threading.current_thread()
