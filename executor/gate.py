"""Whether anything may run at all: not before a self-check has passed, nor from the moment one fails.

In memory: asking an open gate costs nothing. Who checks, and what, is not known here
(experiments/selfcheck.py).
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from time import time

from .conf import config
from .errors import Closed

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 5
"""A run that comes before the first self-check has ended waits for so long."""
RETRY_SECONDS = 15
"""What failed is checked again after this, so it makes no sense to come back earlier."""


class Check(StrEnum):
    """Where the self-check stands."""

    OFF = "off"
    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class GateState:
    """Fit to be shown to anybody."""

    check: Check
    reason: str = ""
    """Why it is closed, in a sentence; empty if it is open."""
    since: float
    """Seconds since the epoch: when it last opened or closed."""
    checked: float | None = None
    """Seconds since the epoch: the end of the last self-check."""
    passed: float | None = None
    """Seconds since the epoch: the end of the last that passed."""

    @property
    def is_open(self) -> bool:
        return self.check in {Check.OFF, Check.PASSED}


OnChange = Callable[[GateState], None]


class Gate:
    """Open or closed; thread-safe."""

    def __init__(self, *, checked: bool) -> None:
        """`checked`: it is to be closed until the first self-check has passed."""
        self._open = threading.Event()
        if checked:
            reason = "the self-check has not passed yet"
            self.state = GateState(check=Check.PENDING, reason=reason, since=time())
        else:
            self.state = GateState(check=Check.OFF, since=time())
            self._open.set()

    def enter(self) -> None:
        """Returns if runs are allowed. Raises Closed."""
        if self._open.is_set():
            return
        if self.state.check is Check.PENDING and self._open.wait(PATIENCE_SECONDS):
            return
        state = self.state
        retry_after = 1 if state.check is Check.PENDING else RETRY_SECONDS
        raise Closed(f"nothing is run: {state.reason}", retry_after=retry_after)

    def open(self) -> bool:
        """After a self-check that passed. True if it was closed."""
        if was_closed := not self.state.is_open:
            logger.info("the self-check has passed: runs are allowed")
        since = time() if was_closed else self.state.since
        now = time()
        self.state = GateState(check=Check.PASSED, since=since, checked=now, passed=now)
        self._open.set()
        return was_closed

    def close(self, reason: str) -> bool:
        """After one that failed. True if this is news: it was open, or closed for another reason."""
        self._open.clear()
        old = self.state
        is_news = old.check is not Check.FAILED or old.reason != reason
        if is_news:
            logger.critical("the self-check has failed: nothing is run any more: %s", reason)
        since = time() if is_news else old.since
        self.state = GateState(
            check=Check.FAILED, reason=reason, since=since, checked=time(), passed=old.passed
        )
        return is_news


@cache
def gate() -> Gate:
    """This process's."""
    return Gate(checked=config().self_check_seconds > 0)


def gate_state() -> GateState:
    return gate().state
