"""One recorded attack, in full: with all layers, and without the one that stops it.

The home page shows it to people who have no account. A drill that runs both keeps it.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from ..runs import RunResult
from ..sandbox.ablations import ABLATIONS, Ablation
from .catalogue import CATALOGUE, HERE, Experiment
from .outcomes import Outcome, Trial
from .record import digest

FILE = HERE / "walkthrough.json"
ATTACK, WITHOUT = "memory-bomb", "memory-cgroup"
"""The experiment and the ablation. A student understands the program, and kernel counters decide."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One of the two runs."""

    outcome: Outcome
    verdict: str
    stdout: str
    signal: int | None
    oom_kills: int
    """Processes that the kernel killed for memory."""
    memory_peak_bytes: int
    memory_limit_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Walkthrough:
    """The attack with all layers and without one."""

    date: str
    """YYYY-MM-DD."""
    program: str
    """Digest of the program that ran."""
    contained: Scene
    weakened: Scene

    @property
    def experiment(self) -> Experiment:
        return CATALOGUE[ATTACK]

    @property
    def ablation(self) -> Ablation:
        return ABLATIONS[WITHOUT]


@cache
def recorded() -> Walkthrough:
    """Read the walkthrough that belongs to this version."""
    found = json.loads(FILE.read_text())
    return Walkthrough(
        date=found["date"],
        program=found["program"],
        contained=_read(found["contained"]),
        weakened=_read(found["weakened"]),
    )


def _read(scene: dict[str, Any]) -> Scene:
    return Scene(**{**scene, "outcome": Outcome(scene["outcome"])})


def scene_of(outcome: Outcome, result: RunResult) -> Scene:
    """Keep what the page shows of a run."""
    return Scene(
        outcome=outcome,
        verdict=result.verdict,
        stdout=result.stdout,
        signal=result.signal,
        oom_kills=result.evidence.oom_kills,
        memory_peak_bytes=result.usage.memory_peak_bytes or 0,
        memory_limit_bytes=result.limits.memory_bytes,
    )


def keep(trials: Iterable[Trial], date: str) -> None:
    """Write the walkthrough, if both of its runs are among the trials."""
    found = {
        trial.ablation: scene_of(trial.finding.outcome, trial.result)
        for trial in trials
        if trial.experiment.slug == ATTACK
    }
    if not {"", WITHOUT} <= found.keys():
        return
    made = Walkthrough(
        date=date,
        program=digest(CATALOGUE[ATTACK]),
        contained=found[""],
        weakened=found[WITHOUT],
    )
    FILE.write_text(json.dumps(asdict(made), indent=1) + "\n")
