"""What a process that serves does first, and last."""

import logging
from functools import cache

from django.db import DatabaseError, close_old_connections

from executor import GateState, shutdown, warm_up
from executor.experiments import SelfCheck, start_self_check

from . import audit
from .models import Action
from .sealing import Sealer
from .services import recover_interrupted

logger = logging.getLogger(__name__)


def start() -> None:
    """Ends what a predecessor left under way, lets the pool fill, and begins to check and to seal,
    all in the background."""
    recover_interrupted()
    close_old_connections()
    warm_up()
    sealer()
    self_check()


def stop() -> None:
    """When the last request has been answered."""
    if check := self_check():
        check.stop()
    shutdown()
    sealer().stop()


@cache
def sealer() -> Sealer:
    """This process's, started."""
    made = Sealer()
    made.start()
    return made


@cache
def self_check() -> SelfCheck | None:
    """This process's, started; None if the deployment wants none."""
    return start_self_check(note)


def note(state: GateState) -> None:
    """In the audit; called in the self-check's own thread."""
    try:
        close_old_connections()
        audit.append(Action.SELF_CHECK, {"check": state.check, "reason": state.reason})
    except DatabaseError:
        logger.exception("the audit could not be told of the self-check")
