"""What a process that runs code does first, and last: whichever way the code comes to it."""

import logging
from functools import cache

from django.db import DatabaseError, InterfaceError, close_old_connections

from executor import GateState, shutdown, warm_up
from executor.experiments import SelfCheck, start_self_check

from ..audit import chain
from ..audit.models import Action

logger = logging.getLogger(__name__)


def start() -> None:
    """Lets the pool fill, and begins to check, in the background."""
    warm_up()
    self_check()


def stop() -> None:
    """When nothing runs any more."""
    if check := self_check():
        check.stop()
    shutdown()


@cache
def self_check() -> SelfCheck | None:
    """This process's, started; None if the deployment wants none."""
    return start_self_check(note)


def note(state: GateState) -> None:
    """In the audit; called in the self-check's own thread."""
    try:
        close_old_connections()
        chain.append(Action.SELF_CHECK, {"check": state.check, "reason": state.reason})
    except (DatabaseError, InterfaceError):
        logger.exception("the audit could not be told of the self-check")
