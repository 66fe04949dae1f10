"""Waiting for what happens in another thread or process."""

import threading
from collections.abc import Callable
from time import monotonic

PATIENCE_SECONDS = 60
"""What does not happen within this does not happen: hangs are found, slow machines forgiven."""


def eventually(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Waits until it holds; fails if it never does."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "did not happen in time"
        threading.Event().wait(0.02)
