"""Blocks all runs until a self-check passes, and again when one fails.

The state is in memory, so an open gate costs nothing. experiments/selfcheck.py has the checks and sets
the state.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import time

from ..conf import config
from ..errors import Closed
from ..single import Single

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 5
"""How long a run waits for the first self-check to end."""
RETRY_SECONDS = 15
"""A failed self-check is repeated after this, so callers need not try again earlier."""


class Check(StrEnum):
    """State of the self-check."""

    OFF = "off"
    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class GateState:
    """Whether runs are allowed, and why not. Anybody may see it."""

    check: Check
    reason: str = ""
    """Why it is closed, in a sentence; empty if it is open."""
    since: float
    """When it last opened or closed, in seconds since the epoch."""
    checked: float | None = None
    """End of the last self-check, in seconds since the epoch."""
    passed: float | None = None
    """End of the last self-check that passed, in seconds since the epoch."""

    @property
    def is_open(self) -> bool:
        return self.check in {Check.OFF, Check.PASSED}


OnChange = Callable[[GateState], None]


class Gate:
    """Open or closed; thread-safe."""

    def __init__(self, *, starts_closed: bool) -> None:
        """`starts_closed`: stay closed until the first self-check passes."""
        self._open = threading.Event()
        if starts_closed:
            reason = "the self-check has not passed yet"
            self.state = GateState(check=Check.PENDING, reason=reason, since=time())
        else:
            self.state = GateState(check=Check.OFF, since=time())
            self._open.set()

    def refuse(self) -> None:
        """Raise Closed if a self-check has failed."""
        if self.state.check is Check.FAILED:
            self.enter()

    def enter(self) -> None:
        """Return if runs are allowed, or will be in a moment. Raises Closed."""
        if self._open.is_set():
            return
        if self.state.check is Check.PENDING and self._open.wait(PATIENCE_SECONDS):
            return
        state = self.state
        retry_after = 1 if state.check is Check.PENDING else RETRY_SECONDS
        raise Closed(f"nothing is run: {state.reason}", retry_after=retry_after)

    def open(self) -> bool:
        """Allow runs, after a self-check that passed. True if the gate was closed."""
        if was_closed := not self.state.is_open:
            logger.info("the self-check has passed: runs are allowed")
        since = time() if was_closed else self.state.since
        now = time()
        self.state = GateState(check=Check.PASSED, since=since, checked=now, passed=now)
        self._open.set()
        return was_closed

    def close(self, reason: str) -> bool:
        """Block runs, after a self-check that failed. True if the state changed: the gate was open, or
        closed for another reason."""
        self._open.clear()
        old = self.state
        changed = old.check is not Check.FAILED or old.reason != reason
        if changed:
            logger.critical("the self-check has failed: nothing is run any more: %s", reason)
        since = time() if changed else old.since
        self.state = GateState(
            check=Check.FAILED, reason=reason, since=since, checked=time(), passed=old.passed
        )
        return changed


@Single
def gate() -> Gate:
    """Make the process's one gate, closed at first if self-checks are configured."""
    return Gate(starts_closed=config().self_check_seconds > 0)


def gate_state() -> GateState:
    return gate().state
