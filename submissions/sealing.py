"""Seals what has finished, behind the responses."""

import logging
import threading
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from executor import default_limits

from . import audit

logger = logging.getLogger(__name__)

EVERYTHING_SECONDS = 3600
"""Between looks at everything. In between, only what was created recently can have finished just now;
what another process ended as interrupted may be older."""
RECENT = timedelta(minutes=2)
"""On top of the longest run."""


class Sealer:
    """Seals in a thread of its own, from `start` to `stop`."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="sealer", daemon=True)

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Seals what is left."""
        self._stopping.set()
        self._thread.join()

    def _keep(self) -> None:
        look_at_everything = 0.0
        while True:
            ending = self._stopping.is_set()
            try:
                close_old_connections()
                if monotonic() < look_at_everything:
                    audit.seal(timezone.now() - _recent())
                else:
                    audit.record_settings()
                    audit.seal()
                    look_at_everything = monotonic() + EVERYTHING_SECONDS
            except DatabaseError:
                logger.warning(
                    "the audit could not be sealed; it will be tried again", exc_info=True
                )
            except Exception:  # the outermost frame of this thread
                logger.exception("the sealer stumbled")
            if ending:
                return
            self._stopping.wait(settings.AUDIT_SEAL_SECONDS)


def _recent() -> timedelta:
    """Longer than from any submission's creation to its end."""
    return RECENT + timedelta(seconds=default_limits().wall_seconds)
