"""Does what retention asks for, every now and then, in one of the processes that serve."""

import logging
import threading
from time import time

from django.core.cache import caches
from django.db import DatabaseError, close_old_connections, connection

from .retention import keep_house

logger = logging.getLogger(__name__)

ROUND_SECONDS = 3600
"""A round an hour: what is due by days is then an hour late at most, and no round has much to do."""
LOOK_SECONDS = 60.0


class Housekeeper:
    """Works in a thread of its own, from `start` to `stop`."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """What is being removed is removed first."""
        self._stopping.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            try:
                close_old_connections()
                if _is_ours():
                    keep_house()
            except DatabaseError:
                logger.warning("housekeeping failed; the next round tries again", exc_info=True)
            except Exception:  # the outermost frame of this thread
                logger.exception("unexpected error in the housekeeper; continuing")
            self._stopping.wait(LOOK_SECONDS)
        connection.close()  # this thread's own; it would else stay open as long as the process


def _is_ours() -> bool:
    """Whether this process is the first to ask in this round. If it dies, the next round goes on."""
    number = int(time() // ROUND_SECONDS)
    return bool(caches["counters"].add(f"housekeeping:{number}", 1, timeout=2 * ROUND_SECONDS))
