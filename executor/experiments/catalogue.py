"""The catalogue of attacks: programs as plain files, and a description of each beside them.

    catalogue.toml            title, level, layers, expected end, evidence, lesson
    python/fork_bomb.py       the program of `fork-bomb`
    javascript/fork_bomb.js   the program of `fork-bomb-js`

A program truthfully reports the result of each attempt, on a line of its own:

    ATTEMPT <attempt>: blocked (<cause>)
    ATTEMPT <attempt>: succeeded (<gain>)
"""

import tomllib
from collections.abc import Container
from dataclasses import dataclass, field, fields, replace
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..conf import default_limits
from ..languages import DEFAULT_LANGUAGE, LANGUAGES
from ..limits import Limits
from ..runs import RunRequest
from ..sandbox.ablations import ABLATIONS
from ..sandbox.layers import LAYERS
from ..verdicts import Evidence, Verdict

HERE = Path(__file__).parent
LEVELS = ("easy", "medium", "hard")
CODE_CHARACTERS = 5000
"""The default of the setting with this name: anybody can change an experiment and run it again."""


class CatalogueError(Exception):
    """The catalogue is inconsistent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """One attack, in one language."""

    slug: str
    family: str
    """The slug without the language: the same for an attack in all languages."""
    language: str
    title: str
    """What is attacked."""
    subtitle: str = ""
    """A joke, or nothing."""
    category: str
    level: str
    """One of `LEVELS`: how much one has to know to understand it."""
    tries: str
    """One sentence."""
    layers: tuple[str, ...]
    """The layers meant to stop it, the main one first; names of `LAYERS`."""
    code: str
    verdicts: frozenset[Verdict]
    """How a contained run may end."""
    evidence: str = ""
    """A field of Evidence that must be set. Without one, the outcome rests on the program's report."""
    teaches: str
    beyond: str
    """A threat from which Docker by itself does not protect."""
    references: tuple[str, ...]
    limits: dict[str, float] = field(default_factory=dict)
    """Limits lower than usual, so that the run is short."""
    probe: bool = False
    """Whether it is part of the self-check."""

    @property
    def file(self) -> str:
        """Path of the program in this directory."""
        return f"{self.language}/{self.family.replace('-', '_')}{LANGUAGES[self.language].suffix}"

    def breaks_without(self, ablation: str) -> bool:
        """Whether the ablation removes its first layer, so that the attack must get through."""
        return ABLATIONS[ablation].layer == self.layers[0]

    def request(self, ablation: str = "") -> RunRequest:
        """Make the request, with the usual limits at most, even if the deployment allows more: the
        programs are written for those."""
        usual = Limits(**self.limits)  # type: ignore[arg-type]
        own = default_limits()
        lowest = {
            one.name: min(getattr(usual, one.name), getattr(own, one.name))
            for one in fields(Limits)
        }
        return RunRequest(
            code=self.code, language=self.language, limits=Limits(**lowest), ablation=ablation
        )


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((HERE / "catalogue.toml").read_text())


def load() -> dict[str, Experiment]:
    """Load all experiments by slug, in the catalogue's order. Raises CatalogueError."""
    experiments = [one for entry in _file()["experiment"] for one in _experiments(dict(entry))]
    found = {experiment.slug: experiment for experiment in experiments}
    if len(found) < len(experiments):
        raise CatalogueError("two experiments have the same slug")
    return found


def load_path(attacks: Container[str]) -> tuple[str, ...]:
    """Load the path for newcomers. Raises CatalogueError if it names an unknown attack."""
    path = tuple(_file()["start_here"])
    if unknown := [family for family in path if family not in attacks]:
        raise CatalogueError(f"start_here: there is no {unknown}")
    return path


def _experiments(entry: dict[str, Any]) -> list[Experiment]:
    """Make one experiment for each language of an entry."""
    try:
        languages = entry.pop("languages")
        family = entry.pop("slug")
        first = Experiment(
            slug=family,
            family=family,
            language=DEFAULT_LANGUAGE,
            code="",
            verdicts=frozenset(Verdict(name) for name in entry.pop("verdict", ["ok"])),
            layers=tuple(entry.pop("layers")),
            references=tuple(entry.pop("references")),
            **entry,
        )
        made = [_in(language, first) for language in languages]
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise CatalogueError(f"{entry.get('title')}: {error}") from error
    for experiment in made:
        check(experiment)
    return made


def _in(language: str, experiment: Experiment) -> Experiment:
    ending = "" if language == DEFAULT_LANGUAGE else LANGUAGES[language].suffix.replace(".", "-")
    made = replace(experiment, slug=experiment.family + ending, language=language)
    return replace(made, code=(HERE / made.file).read_text())


def check(experiment: Experiment) -> None:
    """Raise CatalogueError if the experiment uses an unknown name, or lacks layers or verdicts."""
    known = {one.name for one in fields(Evidence)}
    problems = {
        "language": {experiment.language} - LANGUAGES.keys(),
        "level": {experiment.level} - set(LEVELS),
        "layers": set(experiment.layers) - LAYERS.keys(),
        "evidence": {experiment.evidence} - known - {""},
        "limits": experiment.limits.keys() - {one.name for one in fields(Limits)},
    }
    for what, unknown in problems.items():
        if unknown:
            raise CatalogueError(f"{experiment.slug}: {what}: there is no {sorted(unknown)}")
    if not experiment.layers or not experiment.verdicts:
        raise CatalogueError(f"{experiment.slug}: it names no layers or no verdicts")
    if len(experiment.code) > CODE_CHARACTERS:
        raise CatalogueError(f"{experiment.slug}: more than {CODE_CHARACTERS} characters")


CATALOGUE = load()
ATTACKS: dict[str, tuple[Experiment, ...]] = {
    family: tuple(one for one in CATALOGUE.values() if one.family == family)
    for family in dict.fromkeys(one.family for one in CATALOGUE.values())
}
"""Each attack in all its languages, by family."""
START_HERE = load_path(ATTACKS)


def next_after(experiment: Experiment) -> Experiment:
    """Return the attack after this one, in the same language if there is one: along the path for
    newcomers, else in the catalogue's order. The last is followed by the first."""
    order = START_HERE if experiment.family in START_HERE[:-1] else tuple(ATTACKS)
    following = order[(order.index(experiment.family) + 1) % len(order)]
    same = (one for one in ATTACKS[following] if one.language == experiment.language)
    return next(same, ATTACKS[following][0])


def by_category() -> list[tuple[str, list[Experiment]]]:
    groups = groupby(CATALOGUE.values(), attrgetter("category"))
    return [(category, list(group)) for category, group in groups]
