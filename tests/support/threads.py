"""Work in new threads, with its result or exception."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from tests.support.waiting import PATIENCE_SECONDS


def in_a_new_thread(function: Callable[[], object]) -> object:
    """Return the result, or raise the exception. A new thread has no connection to the engine yet."""
    outcome: list[object] = []

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


def beside(work):
    """Do the work beside the test, on its own connection; return the thread and a list for the result."""
    results = []

    def call():
        try:
            results.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread, results


def at_once(work, arguments):
    """Do the work for each argument in a thread, all at the same time; return the results."""
    arguments = list(arguments)
    gate = threading.Barrier(len(arguments))

    def one(argument):
        gate.wait()
        try:
            return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(one, arguments))
