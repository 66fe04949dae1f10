"""Attacks this service at its start and on a schedule, and closes the gate if an attack gets through.

Before each round but the first it also probes the lane again (pool/lane.py), so that the attacks meet the
lane that runs will have. A lost lane closes nothing: each run then has a container of its own. Where
there are slots, some runs still have a container that is none, so the attacks try both.

It fails closed: a layer that is not proven counts as failed. A busy machine or a restarting engine may
keep a probe from getting to its point, so the check repeats before that counts; a breach counts at once.
"""

import logging
import threading
from collections.abc import Iterable, Iterator

from ..admission.gate import RETRY_SECONDS, Gate, OnChange, gate
from ..conf import config
from ..errors import EngineError
from ..pool.pool import pool
from .catalogue import CATALOGUE, Experiment, is_offered
from .drill import drill
from .outcomes import Outcome, Trial

logger = logging.getLogger(__name__)

LANGUAGES = ("python", "javascript")
"""The languages of the probes. A sandbox of another language differs in its image alone, and a check has
to be quick."""
PROBES = tuple(one for one in CATALOGUE.values() if one.probe and one.language in LANGUAGES)
JOBS = 2
"""Probes at a time, so that users' runs continue beside them."""
TRIES = 3
PAUSE_SECONDS = 1
STOP_SECONDS = 15
"""The longest time of a probe. `stop` does not wait longer for an engine that hangs."""


class SelfCheck:
    """A thread that repeats the check, from `start` to `stop`."""

    def __init__(
        self, the_gate: Gate, *, seconds: float, on_change: OnChange, probes: Iterable[Experiment]
    ) -> None:
        self._gate = the_gate
        self._seconds = seconds
        self._on_change = on_change
        self._probes = tuple(filter(is_offered, probes))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="self-check", daemon=True)

    def start(self) -> None:
        """Start checking; return at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop checking; wait for a check under way. Call this before the pool closes, since a check
        without sandboxes would fail."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    def _keep(self) -> None:
        look_at_the_lane = pool().decide_lane  # the pool may have begun to
        while not self._stopping.is_set():
            try:
                look_at_the_lane()
                passed = self.check()
            except Exception:  # the outermost frame of this thread; an error is not a pass
                logger.exception("unexpected error in the self-check; runs are blocked")
                passed = False
                self._gate.close("the self-check raised an error; the log has it")
            look_at_the_lane = pool().check_lane
            pause = self._seconds if passed else min(self._seconds, RETRY_SECONDS)
            self._stopping.wait(pause)

    def check(self) -> bool:
        """Run all probes, then open or close the gate. True if all were contained."""
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

    def _trials(self) -> Iterator[Trial]:
        yield from drill(self._probes, jobs=JOBS)
        if pool().lane().lane == "slot":
            # What can be written is not kept idle, so it is no slot.
            yield from drill(self._probes, jobs=JOBS, read_only=False)

    def _problem(self) -> tuple[Outcome, str] | None:
        """Run the probes once; return the first breach, else the first problem, or None."""
        problems = []
        try:
            for trial in self._trials():
                if trial.finding.outcome is not Outcome.CONTAINED:
                    slug, finding = trial.experiment.slug, trial.finding
                    logger.error("self-check: %s: %s: %s", slug, finding.outcome, finding.reason)
                    layers = " or ".join(trial.experiment.layers)
                    problems.append(
                        (finding.outcome, f"{slug}: {finding.outcome}; look at {layers}")
                    )
        except EngineError as error:
            logger.error("self-check: no sandbox is available: %s", error)  # noqa: TRY400 - no bug
            problems.append((Outcome.UNPROVEN, "no sandbox is available"))
        breaches = [problem for problem in problems if problem[0] is Outcome.BREACH]
        return next(iter(breaches or problems), None)


def start_self_check(on_change: OnChange) -> SelfCheck | None:
    """Start the self-check of this process; None if the settings turn it off. It calls `on_change`, in
    its own thread, after the gate has opened or closed."""
    seconds = config().self_check_seconds
    if not seconds:
        return None
    made = SelfCheck(gate(), seconds=seconds, on_change=on_change, probes=PROBES)
    made.start()
    return made
