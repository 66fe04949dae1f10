"""Keeps the results of a drill in a file, for the lab's pages and docs/experiments.

The file has the outcome of each attack with all layers, and without each of them. It also has the
program's digest: when a program changes, its results no longer count.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..sandbox.ablations import IN_A_SLOT
from .catalogue import CATALOGUE, HERE, Experiment
from .outcomes import Outcome, Trial

FILE = HERE / "observed.json"
REASON_CHARACTERS = 300

Cells = dict[str, dict[str, str]]
"""Outcome, verdict and reason, by ablation ("" is none)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """The results of drills, with time and environment."""

    date: str
    """Date of the last drill, YYYY-MM-DD."""
    place: dict[str, str]
    """The environment: engine, runtime, kernel, control groups."""
    programs: dict[str, str]
    """Digest of each experiment's program, by slug."""
    seen: dict[str, Cells]
    """Results by slug."""

    def outcome(self, slug: str, ablation: str = "") -> Outcome | None:
        """The outcome of an attack; None if it was never run."""
        cell = self.seen.get(slug, {}).get(ablation)
        return Outcome(cell["outcome"]) if cell else None


def digest(experiment: Experiment) -> str:
    return hashlib.sha256(experiment.code.encode()).hexdigest()[:16]


def read(file: Path) -> Record:
    """Read a record. Raises OSError if there is none."""
    return Record(**json.loads(file.read_text()))


@cache
def observed() -> Record:
    """Read the record that belongs to this version."""
    return read(FILE)


def write(record: Record, file: Path) -> None:
    file.write_text(json.dumps(asdict(record), indent=1, sort_keys=True) + "\n")


def of(trials: Iterable[Trial], *, date: str, place: dict[str, str]) -> Record:
    seen: dict[str, Cells] = {}
    for trial in trials:
        seen.setdefault(trial.experiment.slug, {})[trial.ablation] = _cell(trial)
    programs = {slug: digest(CATALOGUE[slug]) for slug in seen}
    return Record(date=date, place=place, programs=programs, seen=seen)


def _cell(trial: Trial) -> dict[str, str]:
    finding = trial.finding
    # Most attacks are contained without a certain layer too. The file leaves out their reasons.
    is_whole = trial.ablation in ("", IN_A_SLOT.slug)
    has_reason = is_whole or finding.outcome is not Outcome.CONTAINED
    reason = finding.reason[:REASON_CHARACTERS] if has_reason else ""
    return {"outcome": finding.outcome, "verdict": trial.result.verdict, "reason": reason}


def merged(old: Record, new: Record) -> Record:
    """Replace older results by newer ones. Drop the results of programs that have changed or are no
    longer in the catalogue."""
    programs = {slug: digest(experiment) for slug, experiment in CATALOGUE.items()}
    seen: dict[str, Cells] = {}
    for record in (old, new):
        for slug, cells in record.seen.items():
            if record.programs[slug] == programs.get(slug):
                seen.setdefault(slug, {}).update(cells)
    kept = {slug: programs[slug] for slug in CATALOGUE if slug in seen}
    return Record(date=new.date, place=new.place, programs=kept, seen=seen)


def plain(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """Convert trials, with all their details, to plain data for JSON."""
    return [
        {
            "experiment": trial.experiment.slug,
            "ablation": trial.ablation or None,
            "layers": trial.experiment.layers,
            "as_expected": trial.is_as_expected,
            **asdict(trial.finding),
            "verdict": trial.result.verdict,
            "lane": trial.result.lane,
            "run_number": trial.result.run_number,
            "evidence": asdict(trial.result.evidence),
            "usage": asdict(trial.result.usage),
        }
        for trial in trials
    ]
