"""Renew this process's leases and requeue lost runs."""

from collections.abc import Callable

from django.conf import settings

from ..lifecycle import queue
from ..periodic import PeriodicThread, stop_all
from . import active


class Heartbeat:
    """Two threads, from `start` to `stop`, each with three rounds a lease.

    A broker or an engine that hangs blocks only the second one. So the first one still renews leases, and
    the runs of this process do not count as lost.
    """

    def __init__(self, after_recovery: Callable[[], None]) -> None:
        """`after_recovery` is called in each round, after lost runs have been requeued."""
        self._after_recovery = after_recovery
        self._threads = [
            PeriodicThread("heartbeat", _renew_leases, seconds=_pause),
            PeriodicThread("sweeper", self._recover, seconds=_pause),
        ]

    def start(self) -> None:
        """Start both threads and return at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop when the present rounds have ended."""
        stop_all(self._threads)

    def _recover(self) -> None:
        # First, so that no run of this process counts as lost after an outage longer than its lease.
        _renew_leases()
        queue.recover()
        self._after_recovery()


def _renew_leases() -> None:
    queue.renew_leases(active.active_ids())


def _pause() -> float:
    return settings.EXECUTOR_LEASE_SECONDS / 3
