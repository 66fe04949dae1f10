"""Run retention once an hour, in one of the processes that serve."""

from time import time

from ..periodic import PeriodicThread
from ..quotas import counting
from .retention import keep_house

ROUND_SECONDS = 3600
"""Retention counts in days, so an hour late is early enough, and no round has much to do."""
LOOK_SECONDS = 60.0
STOP_SECONDS = 2.0


class Housekeeper:
    """The thread that runs retention, from `start` to `stop`."""

    def __init__(self) -> None:
        self._thread = PeriodicThread("housekeeper", _work, seconds=lambda: LOOK_SECONDS)

    def start(self) -> None:
        """Start the thread and return at once."""
        self._thread.start()

    def stop(self) -> None:
        """Return when the present round has ended, or soon: a later round continues it. A round may
        take minutes, and what stops after this must still have its time."""
        self._thread.request_stop()
        self._thread.join(STOP_SECONDS)


def _work() -> None:
    if claim_round():
        keep_house()


def claim_round() -> bool:
    """Claim the present round for this process; False if another one has claimed it.

    If the process dies, another one claims the next round.
    """
    now = time()
    key = f"housekeeping:{now // ROUND_SECONDS:.0f}"
    return counting.add(key, 1, expires=now + 2 * ROUND_SECONDS) == 1
