"""Work in new threads, with its result or exception."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

from tests.support.waiting import PATIENCE_SECONDS

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def in_a_new_thread(function: Callable[[], Result]) -> Result:
    """Return the result, or raise the exception. A new thread has no connection to the engine yet."""
    outcome: list[Result | Exception] = []

    def call() -> None:
        try:
            outcome.append(function())
        except Exception as error:  # raised again in the caller
            outcome.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    assert outcome, "did not return in time"
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def beside(work: Callable[[], Result]) -> tuple[threading.Thread, list[Result]]:
    """Do the work beside the test, on its own connection; return the thread and a list for the result."""
    results: list[Result] = []

    def call() -> None:
        try:
            results.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread, results


def at_once(work: Callable[[Argument], Result], arguments: Iterable[Argument]) -> list[Result]:
    """Do the work for each argument in a thread, all at the same time; return the results."""
    several = list(arguments)
    gate = threading.Barrier(len(several))

    def one(argument: Argument) -> Result:
        gate.wait()
        try:
            return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(several)) as pool:
        return list(pool.map(one, several))
