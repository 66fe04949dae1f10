"""The server's threads."""

from threading import Lock

from waitress.task import ThreadedTaskDispatcher


class LastFirst:
    """A condition that wakes the thread that began to wait last. Call all methods with the lock held."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._waiting: list[Lock] = []

    def wait(self) -> None:
        """Release the lock until this thread is woken. What it waits for may be gone again by then."""
        gate = Lock()
        gate.acquire()
        self._waiting.append(gate)
        self._lock.release()
        gate.acquire()
        self._lock.acquire()

    def notify(self) -> None:
        if self._waiting:
            self._waiting.pop().release()

    def notify_all(self) -> None:
        while self._waiting:
            self.notify()


class Threads(ThreadedTaskDispatcher):  # type: ignore[misc]
    """waitress's threads, of which the one that was busy last takes the next request.

    waitress takes the one that has been idle for longest. A site has many more threads than requests at a
    time, so as a rule that one had never opened the database, or had nothing of it in its caches.
    """

    def __init__(self) -> None:
        super().__init__()
        self.queue_cv = LastFirst(self.lock)
