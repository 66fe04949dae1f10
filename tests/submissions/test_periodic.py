"""Threads that repeat their work."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connections

from submissions.periodic import PeriodicThread, stop_all
from tests.support.waiting import PATIENCE_SECONDS, eventually

NEVER = 10 * PATIENCE_SECONDS


@pytest.fixture
def thread() -> Iterator[Callable[..., PeriodicThread]]:
    """Return a function that starts a thread, which stops after the test."""
    made = []

    def make(work: Any, *, seconds: int = NEVER, **options: Any) -> PeriodicThread:
        made.append(PeriodicThread("tester", work, seconds=lambda: seconds, **options))
        made[-1].start()
        return made[-1]

    yield make
    stop_all(made)


def test_work_is_done_once_a_period(thread: Callable[..., PeriodicThread]) -> None:
    rounds = []
    thread(lambda: rounds.append(1), seconds=0.01)
    eventually(lambda: len(rounds) > 2)


def test_work_that_leaves_some_is_called_again_at_once(
    thread: Callable[..., PeriodicThread],
) -> None:
    left = [1, 2, 3]
    thread(lambda: bool(left) and bool(left.pop()))
    eventually(lambda: not left)


def test_thread_that_is_woken_works_before_its_time(thread: Callable[..., PeriodicThread]) -> None:
    rounds = []
    woken = thread(lambda: rounds.append(1))
    eventually(lambda: len(rounds) == 1)
    woken.wake()
    eventually(lambda: len(rounds) == 2)


def test_thread_that_is_woken_during_its_work_works_again(
    thread: Callable[..., PeriodicThread],
) -> None:
    working, go_on, rounds = threading.Event(), threading.Event(), []

    def work() -> None:
        rounds.append(1)
        working.set()
        go_on.wait(PATIENCE_SECONDS)

    woken = thread(work, seconds=None)
    assert working.wait(PATIENCE_SECONDS)
    woken.wake()
    go_on.set()
    eventually(lambda: len(rounds) == 2)


@pytest.mark.parametrize(
    ("error", "level", "message"),
    [
        (DatabaseError, logging.WARNING, "the database failed tester; trying again later"),
        (RuntimeError, logging.ERROR, "unexpected error in tester; continuing"),
    ],
)
def test_error_is_logged_and_the_thread_continues(
    thread: Callable[..., PeriodicThread],
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
    level: int,
    message: str,
) -> None:
    rounds = []

    def work() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise error("oh")

    thread(work, seconds=0.01)
    eventually(lambda: len(rounds) > 1)
    [record] = [one for one in caplog.records if one.name == "submissions.periodic"]
    assert (record.levelno, record.getMessage()) == (level, message)
    assert record.exc_info


@pytest.mark.parametrize(("last_round", "rounds"), [(True, 2), (False, 1)])
def test_stopped_thread_ends_with_a_round_if_one_is_wanted(
    thread: Callable[..., PeriodicThread], last_round: bool, rounds: int
) -> None:
    done = []
    stopped = thread(lambda: done.append(1), last_round=last_round)
    eventually(lambda: done)
    stopped.stop()
    assert len(done) == rounds


def test_pause_within_the_work_ends_with_the_thread() -> None:
    paused = threading.Event()

    def work() -> None:
        paused.set()
        stopped.pause(NEVER)

    stopped = PeriodicThread("tester", work, seconds=lambda: NEVER)
    stopped.start()
    assert paused.wait(PATIENCE_SECONDS)
    assert not stopped.is_stopping
    stopper = threading.Thread(target=stopped.stop, daemon=True)
    stopper.start()
    stopper.join(PATIENCE_SECONDS)
    assert not stopper.is_alive()
    assert stopped.is_stopping


def test_threads_that_are_stopped_together_begin_no_round_meanwhile() -> None:
    go_on, rounds = threading.Event(), []
    first = PeriodicThread("first", lambda: go_on.wait(NEVER), seconds=lambda: NEVER)
    second = PeriodicThread("second", lambda: rounds.append(1), seconds=lambda: None)
    first.start()
    second.start()
    eventually(lambda: rounds)
    stopper = threading.Thread(target=stop_all, args=[[first, second]], daemon=True)
    stopper.start()
    eventually(lambda: second.is_stopping)
    second.wake()
    go_on.set()
    stopper.join(PATIENCE_SECONDS)
    assert not stopper.is_alive()
    assert rounds == [1]


@pytest.mark.django_db(transaction=True)
def test_stopped_thread_leaves_no_connection_open(thread: Callable[..., PeriodicThread]) -> None:
    used = []

    def work() -> None:
        connections["default"].ensure_connection()
        used.append(connections["default"])

    stopped = thread(work)
    eventually(lambda: used)
    assert used[0].connection
    stopped.stop()
    assert used[0].connection is None
