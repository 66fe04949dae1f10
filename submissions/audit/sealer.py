"""Seals what has finished, behind the responses."""

import logging
import threading
from collections.abc import Callable
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from . import account_notes, chain, configuration

logger = logging.getLogger(__name__)

EVERYTHING_SECONDS = 3600
"""Between looks at every row, whatever its mark says: some seconds for a million rows."""
ACCOUNTS_SECONDS = 60
"""Between looks at the accounts that have rights."""


class Sealer:
    """Seals in a thread of its own, from `start` to `stop`."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="sealer", daemon=True)
        self._look_at_everything = self._look_at_accounts = 0.0

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Seals what is left."""
        self._stopping.set()
        self._thread.join()

    def _keep(self) -> None:
        while True:
            ending = self._stopping.is_set()
            self._seal()
            if ending:
                break
            self._stopping.wait(settings.AUDIT_SEAL_SECONDS)
        connection.close()  # this thread's own; it would else stay open as long as the process

    def _seal(self) -> None:
        _done(chain.seal)
        _done(account_notes.seal_admin_log)
        if monotonic() >= self._look_at_accounts and _done(account_notes.note_found):
            self._look_at_accounts = monotonic() + ACCOUNTS_SECONDS
        if monotonic() >= self._look_at_everything:
            done = [_done(configuration.record_settings), _done(_seal_forgotten)]
            if all(done):
                self._look_at_everything = monotonic() + EVERYTHING_SECONDS


def _seal_forgotten() -> None:
    if chain.mark_forgotten():
        chain.seal()


def _done(step: Callable[[], object]) -> bool:
    """Whether a step succeeded. One that fails keeps no other from its turn; the next round tries it
    again."""
    try:
        close_old_connections()
        step()
    except DatabaseError:
        logger.warning("the audit could not be sealed; it will be tried again", exc_info=True)
    except Exception:  # the outermost frame of this thread's work
        logger.exception("unexpected error in the sealer; continuing")
    else:
        return True
    return False
