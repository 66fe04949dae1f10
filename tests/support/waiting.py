"""Waiting for another thread or process."""

import threading
from collections.abc import Callable
from time import monotonic

PATIENCE_SECONDS = 60
"""The limit of a wait, in seconds: long enough for a slow machine, and it finds hangs."""


def eventually(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the condition holds; fail after `seconds`."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "did not happen in time"
        threading.Event().wait(0.02)
