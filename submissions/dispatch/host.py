"""Start and stop the pool and the self-check of a process that runs code."""

import logging

from django.db import DatabaseError, InterfaceError, close_old_connections

from executor import GateState, shutdown, warm_up
from executor.experiments import SelfCheck, start_self_check

from ..audit import chain
from ..audit.models import Action

logger = logging.getLogger(__name__)


class SandboxHost:
    """What a process needs in which sandboxes are served, from `start` to `stop`."""

    def __init__(self) -> None:
        self._self_check: SelfCheck | None = None

    def start(self) -> None:
        """Let the pool fill, and begin to check, in the background."""
        warm_up()
        self._self_check = start_self_check(note)

    def stop(self) -> None:
        """Remove the sandboxes; nothing runs any more."""
        if self._self_check:
            self._self_check.stop()
        shutdown()


def note(state: GateState) -> None:
    """Enter a change of the gate in the audit; called in the self-check's own thread."""
    try:
        close_old_connections()
        chain.append(Action.SELF_CHECK, {"check": state.check, "reason": state.reason})
    except (DatabaseError, InterfaceError):
        logger.exception("the audit has no entry of the self-check's result %s", state.check)
