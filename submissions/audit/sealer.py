"""Seal finished submissions in the background, so that no response waits for it."""

from collections.abc import Callable
from time import monotonic

from django.conf import settings

from ..periodic import PeriodicThread, errors_logged
from . import chain, configuration
from .accounts import account_notes

EVERYTHING_SECONDS = 3600
"""Time between checks of every row, whatever its mark: a check takes some seconds for a million rows."""
ACCOUNTS_SECONDS = 60
"""Time between checks of the accounts that have rights."""


class Sealer:
    """The thread that seals, from `start` to `stop`."""

    def __init__(self) -> None:
        self._next_full_check = self._next_account_check = 0.0
        self._thread = PeriodicThread(
            "sealer",
            self.seal,
            seconds=lambda: settings.AUDIT_SEAL_SECONDS,
            last_round=True,
        )

    def start(self) -> None:
        """Start sealing and return at once."""
        self._thread.start()

    def stop(self) -> None:
        """Seal what is left, and stop."""
        self._thread.stop()

    def seal(self) -> None:
        """Do one round. If a step fails, the others still run, and the next round tries it again."""
        _done(chain.seal)
        _done(account_notes.seal_admin_log)
        if monotonic() >= self._next_account_check and _done(account_notes.note_found):
            self._next_account_check = monotonic() + ACCOUNTS_SECONDS
        if monotonic() >= self._next_full_check:
            done = [_done(configuration.record_settings), _done(_seal_forgotten)]
            if all(done):
                self._next_full_check = monotonic() + EVERYTHING_SECONDS


def _seal_forgotten() -> None:
    if chain.mark_forgotten():
        chain.seal()


def _done(step: Callable[[], object]) -> bool:
    """Take a step; return whether it succeeded."""
    with errors_logged("sealer"):
        step()
        return True
    return False
