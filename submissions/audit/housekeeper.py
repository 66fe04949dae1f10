"""Does what retention asks for, every now and then, in one of the processes that serve."""

from time import time

from django.core.cache import caches

from ..periodic import PeriodicThread
from .retention import keep_house

ROUND_SECONDS = 3600
"""A round an hour: what is due by days is then an hour late at most, and no round has much to do."""
LOOK_SECONDS = 60.0


class Housekeeper:
    """Works in a thread of its own, from `start` to `stop`."""

    def __init__(self) -> None:
        self._thread = PeriodicThread("housekeeper", _work, seconds=lambda: LOOK_SECONDS)

    def start(self) -> None:
        """Start the thread and return at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what is being removed is removed first."""
        self._thread.stop()


def _work() -> None:
    if _is_ours():
        keep_house()


def _is_ours() -> bool:
    """Return whether this process is the first to ask in this round.

    If it dies, another process works in the next round.
    """
    number = int(time() // ROUND_SECONDS)
    return bool(caches["counters"].add(f"housekeeping:{number}", 1, timeout=2 * ROUND_SECONDS))
