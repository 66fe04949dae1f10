"""Which lane the runs of this process take: a container for each, or slots (slots.py)."""

import logging
import threading
from collections.abc import Callable

from ..conf import ExecutorConfig
from ..errors import EngineError
from ..sandbox.container import Sandbox
from ..sandbox.probe import SETTLE, START, Probe

logger = logging.getLogger(__name__)

UNKNOWN = Probe(lane="container", reason="not tried yet")


class Lane:
    """The lane in use; thread-safe. A probe decides it, at the first need and whenever it is checked
    again, unless the settings leave no choice."""

    def __init__(self, probe: Callable[[], Probe], *, fixed: Probe | None) -> None:
        """`fixed` is the lane if there is no choice."""
        self._probe = probe
        self._lock = threading.Lock()
        self._is_fixed = fixed is not None
        self.state = fixed or UNKNOWN

    @property
    def is_slot(self) -> bool:
        return self.state.lane == "slot"

    def allows(self, sandbox: Sandbox) -> bool:
        """Whether a blank sandbox may be used: nothing runs nested where a probe has failed."""
        return sandbox.lane == "container" or self.is_slot

    def decide(self) -> bool:
        """Probe if no probe has given an answer yet; return whether runs may share a slot.

        It waits for the first answer only, and not for a later check, which may take seconds.
        """
        if self.state is UNKNOWN:
            with self._lock:
                if self.state is UNKNOWN:
                    self._probe_now()
        return self.is_slot

    def check(self) -> bool:
        """Probe again; return whether another lane is in use now. An engine that does not answer changes
        nothing."""
        with self._lock:
            before = self.is_slot
            if not self._is_fixed:
                self._probe_now()
            return self.is_slot != before

    def _probe_now(self) -> None:
        try:
            found = self._probe()
            if found.step in {START, SETTLE}:
                # Perhaps the machine had no processor for the slot, or the engine was just restarted.
                found = self._probe()
        except EngineError as error:
            logger.warning("the lane can't be probed: %s", error)
            return
        if found != self.state:
            is_news = found.step and self.state is not UNKNOWN
            log = logger.warning if is_news else logger.info
            log("%s", in_words(found))
        self.state = found


def fixed_lane(settings: ExecutorConfig) -> Probe | None:
    """The lane that the settings leave no choice of; None if a probe decides."""
    if settings.isolation == "container":
        return Probe(lane="container", step="EXECUTOR_ISOLATION", reason="container")
    if settings.pool_size == 0:
        return Probe(lane="container", step="EXECUTOR_POOL_SIZE", reason="0")
    return None


def in_words(state: Probe) -> str:
    """Say which lane is in use, and why it is not the faster one."""
    why = ": ".join(part for part in (state.step, state.reason) if part)
    if state.lane == "slot":
        slot = "lane slot: a container serves several runs of one user"
        return f"{slot}; not all are forked ({why})" if state.step else slot
    return f"lane container: each run has a container of its own ({why})"
