"""Keeps the queue true while the process lives: says what still runs here, and puts back what is lost."""

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from . import live, queue

logger = logging.getLogger(__name__)


class Keeper:
    """A thread, from `start` to `stop`. `afterwards` is called in each of its rounds, three a lease."""

    def __init__(self, afterwards: Callable[[], None]) -> None:
        self._afterwards = afterwards
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            try:
                close_old_connections()
                queue.extend(live.held())
                queue.recover()
                self._afterwards()
            except DatabaseError:
                logger.warning("the queue can't be kept; it will be tried again", exc_info=True)
            except Exception:  # the outermost frame of this thread
                logger.exception("the keeper stumbled")
            self._stopping.wait(settings.EXECUTOR_LEASE_SECONDS / 3)
        close_old_connections()
