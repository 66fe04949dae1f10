"""Keeps the queue true while the process lives: says what still runs here, and puts back what is lost."""

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from ..lifecycle import queue
from . import active

logger = logging.getLogger(__name__)


class Keeper:
    """Two threads, from `start` to `stop`, each with three rounds a lease: whatever holds up the second,
    a broker or an engine that hangs, the runs of this process do not count as lost."""

    def __init__(self, afterwards: Callable[[], None]) -> None:
        """`afterwards` is called in each round, when what was lost is queued again."""
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._regularly, args=[work], name=name, daemon=True)
            for name, work in (("keeper", self._extend), ("sweeper", self._sweep))
        ]
        self._afterwards = afterwards

    def start(self) -> None:
        """Returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _extend(self) -> None:
        queue.extend(active.held())

    def _sweep(self) -> None:
        queue.recover()
        self._afterwards()

    def _regularly(self, work: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                close_old_connections()
                work()
            except DatabaseError:
                logger.warning("the queue can't be kept; it will be tried again", exc_info=True)
            except Exception:  # the outermost frame of this thread
                logger.exception("the keeper stumbled")
            self._stopping.wait(settings.EXECUTOR_LEASE_SECONDS / 3)
        close_old_connections()
