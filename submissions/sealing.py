"""Seals what has finished, behind the responses."""

import logging
import threading
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from . import audit

logger = logging.getLogger(__name__)

RECENT = timedelta(hours=1)
"""After the first look at everything, only what was created so recently can have finished just now."""


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
        since = None
        while True:
            ending = self._stopping.is_set()
            start = timezone.now()
            try:
                close_old_connections()
                audit.record_settings()
                audit.seal(since)
                since = start - RECENT
            except DatabaseError:
                logger.warning(
                    "the audit could not be sealed; it will be tried again", exc_info=True
                )
            except Exception:  # the outermost frame of this thread
                logger.exception("the sealer stumbled")
            if ending:
                return
            self._stopping.wait(settings.AUDIT_SEAL_SECONDS)
