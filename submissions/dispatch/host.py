"""Start and stop the pool and the self-check of a process that runs code, and retire the slots of closed
accounts."""

import logging
import threading

from django.conf import settings
from django.contrib.auth.models import User
from django.core.checks import WARNING, run_checks
from django.db import DatabaseError, InterfaceError, connection

from executor import GateState, owners_of_slots, retire_slots, shutdown, warm_up
from executor.experiments import SelfCheck, start_self_check

from ..audit import chain
from ..audit.models import Action
from ..periodic import PeriodicThread

logger = logging.getLogger(__name__)


class SandboxHost:
    """The pool and the self-check of a process that runs code, from `start` to `stop`."""

    def __init__(self) -> None:
        self._self_check: SelfCheck | None = None
        self._sweeper = PeriodicThread("slots", retire_slots_of_closed, seconds=_pause)

    def start(self) -> None:
        """Start to fill the pool and to check the machine and the sandboxes, in the background."""
        warm_up()
        threading.Thread(target=warn_of_the_machine, name="checks", daemon=True).start()
        self._self_check = start_self_check(note)
        self._sweeper.start()

    def stop(self) -> None:
        """Remove the sandboxes, after the last run has ended."""
        self._sweeper.stop()
        if self._self_check:
            self._self_check.stop()
        shutdown()


def warn_of_the_machine() -> None:
    """Log what executor/checks.py finds wrong with engine, kernel and images."""
    for found in run_checks(tags=["sandboxes"], include_deployment_checks=True):
        if found.is_serious(WARNING):
            logger.warning("%s: %s %s", found.id, found.msg, found.hint or "")


def retire_slots_of_closed() -> None:
    """Retire the slots of users who may run nothing any more.

    As a rule they are retired already (orders.py, `close_runs`). But a call to a worker may be lost, and
    a command or another process may have closed the account.
    """
    if owners := {owner for owner in owners_of_slots() if isinstance(owner, int)}:
        active = User.objects.filter(pk__in=owners, is_active=True).values_list("pk", flat=True)
        for owner in owners - set(active):
            retire_slots(owner)


def _pause() -> float:
    return settings.EXECUTOR_LEASE_SECONDS / 3


def note(state: GateState) -> None:
    """Append a change of the gate to the audit's chain; the self-check's thread calls this."""
    try:
        chain.append(Action.SELF_CHECK, {"check": state.check, "reason": state.reason})
    except (DatabaseError, InterfaceError):
        logger.exception("the audit has no entry of the self-check's result %s", state.check)
    finally:
        connection.close()  # the next change may be hours away, and nothing closes it with the thread
