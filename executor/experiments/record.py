"""What a drill has seen, kept in a file: the lab's pages and docs/experiments show it.

Of each attack: what came of it with all layers, and without each. The program's digest stands beside it,
so that an attack that was changed since is known to be unseen.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .catalogue import CATALOGUE, HERE, Experiment
from .drill import Trial
from .outcomes import Outcome

FILE = HERE / "observed.json"
REASON_CHARACTERS = 300

Cells = dict[str, dict[str, str]]
"""By ablation ("" is none): outcome, verdict, reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """Where and when, and what was seen there."""

    date: str
    """Of the last of its drills, YYYY-MM-DD."""
    place: dict[str, str]
    """Engine, runtime, kernel, control groups."""
    programs: dict[str, str]
    """Digest of each experiment's program, by slug."""
    seen: dict[str, Cells]
    """By slug."""

    def outcome(self, slug: str, ablation: str = "") -> Outcome | None:
        """None if that was never tried."""
        cell = self.seen.get(slug, {}).get(ablation)
        return Outcome(cell["outcome"]) if cell else None


def digest(experiment: Experiment) -> str:
    return hashlib.sha256(experiment.code.encode()).hexdigest()[:16]


def read(file: Path) -> Record:
    """Raises OSError if there is none."""
    return Record(**json.loads(file.read_text()))


@cache
def observed() -> Record:
    """What is known with this version."""
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
    # Most cells say that nothing changed; the file need not say why in each of them.
    tell = not trial.ablation or finding.outcome is not Outcome.CONTAINED
    reason = finding.reason[:REASON_CHARACTERS] if tell else ""
    return {"outcome": finding.outcome, "verdict": trial.result.verdict, "reason": reason}


def merged(old: Record, new: Record) -> Record:
    """What the newer saw takes the place of what the older saw; what is not in the catalogue any more,
    or was seen of another program, is forgotten."""
    programs = {slug: digest(experiment) for slug, experiment in CATALOGUE.items()}
    seen: dict[str, Cells] = {}
    for record in (old, new):
        for slug, cells in record.seen.items():
            if record.programs[slug] == programs.get(slug):
                seen.setdefault(slug, {}).update(cells)
    kept = {slug: programs[slug] for slug in CATALOGUE if slug in seen}
    return Record(date=new.date, place=new.place, programs=kept, seen=seen)


def plain(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """Everything about each trial, as data for JSON."""
    return [
        {
            "experiment": trial.experiment.slug,
            "ablation": trial.ablation or None,
            "layers": trial.experiment.layers,
            "as_expected": trial.is_as_expected,
            **asdict(trial.finding),
            "verdict": trial.result.verdict,
            "evidence": asdict(trial.result.evidence),
            "usage": asdict(trial.result.usage),
        }
        for trial in trials
    ]
