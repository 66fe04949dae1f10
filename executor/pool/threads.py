"""Threads that do work, and never what they have refused."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Threads:
    """Up to `count` threads for pieces of work, each of which is begun in its turn; thread-safe."""

    def __init__(self, count: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix=name)

    def begin(self, work: Callable[..., object], *arguments: object) -> None:
        """Have one of the threads call `work`, soon. `work` handles its own errors.

        Raises RuntimeError, and never calls it, if the system has no thread for it or after `shutdown`.
        """
        # ThreadPoolExecutor queues the work, and raises if it can't start a thread then. The work stays
        # queued, and a thread that was there before calls it. So the first of the two decides.
        decision = threading.Lock()

        def call() -> None:
            if decision.acquire(blocking=False):
                work(*arguments)

        try:
            self._threads.submit(call)
        except RuntimeError:
            if decision.acquire(blocking=False):
                raise

    def shutdown(self) -> None:
        """Take no more work, and return when all that was taken is done."""
        self._threads.shutdown()
