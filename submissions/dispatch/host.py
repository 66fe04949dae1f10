"""Start and stop the pool and the self-check of a process that runs code."""

import logging

from django.db import DatabaseError, InterfaceError, connection

from executor import GateState, shutdown, warm_up
from executor.experiments import SelfCheck, start_self_check

from ..audit import chain
from ..audit.models import Action

logger = logging.getLogger(__name__)


class SandboxHost:
    """The pool and the self-check of a process that runs code, from `start` to `stop`."""

    def __init__(self) -> None:
        self._self_check: SelfCheck | None = None

    def start(self) -> None:
        """Start to fill the pool and to check the sandboxes, in the background."""
        warm_up()
        self._self_check = start_self_check(note)

    def stop(self) -> None:
        """Remove the sandboxes, after the last run has ended."""
        if self._self_check:
            self._self_check.stop()
        shutdown()


def note(state: GateState) -> None:
    """Append a change of the gate to the audit's chain; the self-check's thread calls this."""
    try:
        chain.append(Action.SELF_CHECK, {"check": state.check, "reason": state.reason})
    except (DatabaseError, InterfaceError):
        logger.exception("the audit has no entry of the self-check's result %s", state.check)
    finally:
        connection.close()  # the next change may be hours away, and nothing closes it with the thread
