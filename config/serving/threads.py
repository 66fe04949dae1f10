"""The server's threads."""

from collections import OrderedDict, deque
from threading import Lock
from typing import Any

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


class Turns:
    """Requests that wait for a thread, of each client in turn. It takes the place of waitress's deque, in
    which the requests of one client's 300 connections came before the next one of anybody else."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[Any]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, channel: Any) -> None:
        self._waiting.setdefault(channel.client, deque()).append(channel)
        self._count += 1

    def popleft(self) -> Any:
        """Take the next one of the client who has waited for a turn longest. Raises KeyError."""
        client, own = self._waiting.popitem(last=False)
        if len(own) > 1:
            self._waiting[client] = own  # behind all others
        self._count -= 1
        return own.popleft()


class Threads(ThreadedTaskDispatcher):  # type: ignore[misc]
    """waitress's threads, of which the one that was busy last takes the next request.

    waitress takes the one that has been idle for longest. A site has many more threads than requests at a
    time, so as a rule that one had never opened the database, or had nothing of it in its caches.

    Clients take turns when all threads are busy.
    """

    def __init__(self) -> None:
        super().__init__()
        self.queue = Turns()
        self.queue_cv = LastFirst(self.lock)
