"""Attacks ourselves, at the start and on a schedule, and closes the gate if an attack gets through.

Fail closed: what can not be shown to hold counts as failed. A busy machine or a restarting engine may
keep a probe from getting to its point, so that is tried again before it counts; a breach counts at once.
"""

import logging
import threading
from collections.abc import Iterable

from ..conf import config
from ..errors import EngineError
from ..gate import RETRY_SECONDS, Gate, OnChange, gate
from .catalogue import CATALOGUE, Experiment
from .drill import drill
from .outcomes import Outcome

logger = logging.getLogger(__name__)

PROBES = tuple(experiment for experiment in CATALOGUE.values() if experiment.probe)
JOBS = 2
"""Probes at a time: users' runs go on beside them."""
TRIES = 3
PAUSE_SECONDS = 1
STOP_SECONDS = 15
"""The longest that a probe takes; after it, an engine that hangs is left to itself."""


class SelfCheck:
    """Keeps checking in a thread of its own, from `start` to `stop`."""

    def __init__(
        self, the_gate: Gate, *, seconds: float, on_change: OnChange, probes: Iterable[Experiment]
    ) -> None:
        self._gate = the_gate
        self._seconds = seconds
        self._on_change = on_change
        self._probes = tuple(probes)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="self-check", daemon=True)

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Before the sandboxes go, which would look like a failure. Waits for a check under way."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            try:
                passed = self.check()
            except Exception:  # the outermost frame of this thread; what broke has not passed
                logger.exception("the self-check broke")
                passed = False
                self._gate.close("the self-check broke; the log says how")
            pause = self._seconds if passed else min(self._seconds, RETRY_SECONDS)
            self._stopping.wait(pause)

    def check(self) -> bool:
        """Whether all probes were contained; opens or closes the gate accordingly."""
        problem = self._problem()
        for _ in range(TRIES - 1):
            if problem is None or problem[0] is Outcome.BREACH:
                break
            self._stopping.wait(PAUSE_SECONDS)
            problem = self._problem()
        if self._stopping.is_set():
            return False
        changed = self._gate.close(problem[1]) if problem else self._gate.open()
        if changed:
            self._on_change(self._gate.state)
        return problem is None

    def _problem(self) -> tuple[Outcome, str] | None:
        """The worst there is."""
        problems = []
        try:
            for trial in drill(self._probes, jobs=JOBS):
                if trial.finding.outcome is not Outcome.CONTAINED:
                    slug, finding = trial.experiment.slug, trial.finding
                    logger.error("self-check: %s: %s: %s", slug, finding.outcome, finding.reason)
                    layers = " or ".join(trial.experiment.layers)
                    words = f"{slug}: {finding.outcome}; look at {layers}"
                    problems.append((finding.outcome, words))
        except EngineError as error:
            logger.error("self-check: no sandbox can be had: %s", error)  # noqa: TRY400 - an engine that is away is no bug
            problems.append((Outcome.UNPROVEN, "no sandbox can be had"))
        breaches = [problem for problem in problems if problem[0] is Outcome.BREACH]
        return next(iter(breaches or problems), None)


def start_self_check(on_change: OnChange) -> SelfCheck | None:
    """As the deployment is configured; None if it wants none. `on_change` is called, in another
    thread, whenever the gate has opened or closed."""
    seconds = config().self_check_seconds
    if not seconds:
        return None
    made = SelfCheck(gate(), seconds=seconds, on_change=on_change, probes=PROBES)
    made.start()
    return made
