"""The catalogue of attacks: programs as plain files, and what there is to say about each beside them.

    catalogue.toml            title, layers, expected end, evidence, lesson
    python/fork_bomb.py       what `fork-bomb` runs
    javascript/fork_bomb.js   what `fork-bomb-js` runs

A program reports truthfully what it achieved, in lines of its own:

    ATTEMPT <what it tried>: blocked (<by what>)
    ATTEMPT <what it tried>: succeeded (<what it has now>)
"""

import tomllib
from dataclasses import dataclass, field, fields, replace
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
CODE_CHARACTERS = 5000
"""As much as the API takes: each experiment can be changed and tried again by anybody."""


class CatalogueError(Exception):
    """The catalogue says something that can't be so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """One attack, in one language."""

    slug: str
    family: str
    """The slug without the language: what the same attack is called in all of them."""
    language: str
    title: str
    category: str
    tries: str
    """One sentence."""
    layers: tuple[str, ...]
    """What is meant to stop it, the first of all; names of `LAYERS`."""
    code: str
    verdicts: frozenset[Verdict]
    """How the run may end if it was contained."""
    evidence: str = ""
    """A field of Evidence that must be there; without one, the program's word is all there is."""
    teaches: str
    beyond: str
    """What Docker by itself would not protect from."""
    references: tuple[str, ...]
    limits: dict[str, float] = field(default_factory=dict)
    """Where they are to be lower than usual, so that the run is short."""
    probe: bool = False
    """Part of the self-check."""

    @property
    def file(self) -> str:
        """Of the program, in this directory."""
        return f"{self.language}/{self.family.replace('-', '_')}{LANGUAGES[self.language].suffix}"

    def breaks_without(self, ablation: str) -> bool:
        """Whether that takes its first layer away, so that it has to get through."""
        return ABLATIONS[ablation].layer == self.layers[0]

    def request(self, ablation: str = "") -> RunRequest:
        """Never with more than is usual, whatever the deployment allows: the programs are made to
        measure for that."""
        usual = Limits(**self.limits)  # type: ignore[arg-type]
        own = default_limits()
        lowest = {
            one.name: min(getattr(usual, one.name), getattr(own, one.name))
            for one in fields(Limits)
        }
        return RunRequest(
            code=self.code, language=self.language, limits=Limits(**lowest), ablation=ablation
        )


def load() -> dict[str, Experiment]:
    """All experiments by slug, in the catalogue's order. Raises CatalogueError."""
    entries = tomllib.loads((HERE / "catalogue.toml").read_text())["experiment"]
    experiments = [one for entry in entries for one in _experiments(dict(entry))]
    found = {experiment.slug: experiment for experiment in experiments}
    if len(found) < len(experiments):
        raise CatalogueError("a slug stands twice")
    return found


def _experiments(entry: dict[str, Any]) -> list[Experiment]:
    """One for each language of an entry."""
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
    """Raise CatalogueError if it names what there is not."""
    known = {one.name for one in fields(Evidence)}
    problems = {
        "language": {experiment.language} - LANGUAGES.keys(),
        "layers": set(experiment.layers) - LAYERS.keys(),
        "evidence": {experiment.evidence} - known - {""},
        "limits": experiment.limits.keys() - {one.name for one in fields(Limits)},
    }
    for what, unknown in problems.items():
        if unknown:
            raise CatalogueError(f"{experiment.slug}: {what}: there is no {sorted(unknown)}")
    if not experiment.layers or not experiment.verdicts:
        raise CatalogueError(f"{experiment.slug}: nothing is said of its layers or its end")
    if len(experiment.code) > CODE_CHARACTERS:
        raise CatalogueError(f"{experiment.slug}: more than {CODE_CHARACTERS} characters")


CATALOGUE = load()
