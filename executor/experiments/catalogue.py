"""The catalogue of attacks: programs as plain files, and a description of each beside them.

    catalogue.toml            title, level, layers, expected end, evidence, lesson
    python/fork_bomb.py       the program of `fork-bomb`
    javascript/fork_bomb.js   the program of `fork-bomb-js`
    c/fork_bomb.c             the program of `fork-bomb-c`

A program may be in any language that is known. A site has those in languages that it offers (decision
0161).

A program truthfully reports the result of each attempt, on a line of its own:

    ATTEMPT <attempt>: blocked (<cause>)
    ATTEMPT <attempt>: succeeded (<gain>)
"""

import tomllib
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..choices import offered
from ..conf import default_limits
from ..languages import LANGUAGES
from ..limits import Limits
from ..runs import RunRequest
from ..sandbox.ablations import IN_A_SLOT, ablation_of
from ..sandbox.layers import LAYERS
from ..verdicts import Evidence, Verdict

HERE = Path(__file__).parent
LEVELS = ("easy", "medium", "hard")
NO_PROOF = {Verdict.COMPILE_ERROR, Verdict.CANCELLED, Verdict.INTERNAL_ERROR}
"""Ends of a run in which the attack did not run to its point."""
CODE_CHARACTERS = 5000
"""The default of the setting with this name: anybody can change an experiment and run it again."""


class CatalogueError(Exception):
    """The catalogue is inconsistent."""


OF_THE_SANDBOX = {
    "cpus": frozenset({"processors"}),
    "disk_bytes": frozenset({"tmpfs size", "file size"}),
    "disk_files": frozenset({"tmpfs inodes"}),
    "open_files": frozenset({"open files", "ulimits"}),
}
"""The limits that a sandbox has from its start, and the layers whose attacks are about them. A run with
lower ones gets a container of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """One attack, in one language."""

    slug: str
    family: str
    """The slug of the attack in its first language: the same for an attack in all languages."""
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
    in_slot: tuple[str, ...] = ()
    """In a slot: the layers of its nested sandboxes that are meant to stop it, each by itself."""
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
    attacks_compiler: bool = False
    """Whether the run has to end while the program is compiled. In all others that proves nothing."""
    probe: bool = False
    """Whether it is part of the self-check, in the languages of the self-check."""

    @property
    def file(self) -> str:
        """Path of the program in this directory."""
        return f"{self.language}/{self.family.replace('-', '_')}{LANGUAGES[self.language].suffix}"

    @property
    def all_layers(self) -> tuple[str, ...]:
        """The layers that are meant to stop it, in a container or in a slot."""
        return (*self.layers, *self.in_slot)

    def breaks_without(self, ablation: str) -> bool:
        """Whether the ablation removes its first layer, or one of a nested sandbox that stops it, so that
        the attack must get through."""
        found = ablation_of(ablation)
        return found is not None and found.layer in (self.layers[0], *self.in_slot)

    def is_tried_without(self, ablation: str) -> bool:
        """Whether it is an attack on what the ablation removes. Only those of nested sandboxes are not
        tried on every attack."""
        if ablation == IN_A_SLOT.slug:
            return bool(self.in_slot)
        found = ablation_of(ablation)
        return found is None or not found.nested or found.layer in self.in_slot

    def layers_in(self, ablation: str) -> tuple[str, ...]:
        """Return the layers that are meant to stop it in the sandbox of this ablation."""
        found = ablation_of(ablation)
        return self.in_slot if found is not None and found.nested else self.layers

    def request(self, ablation: str = "") -> RunRequest:
        """Make the request, with the usual limits at most, even if the deployment allows more: the
        programs are written for those. In what it is not about, it has the deployment's own limits, so
        that it meets the same sandbox as users' runs."""
        language = LANGUAGES[self.language]
        usual = replace(language.limits(Limits()), **self.limits)  # type: ignore[arg-type]
        own = language.limits(default_limits())
        lowest = {
            one.name: min(getattr(usual, one.name), getattr(own, one.name))
            for one in fields(Limits)
        }
        for name, layers in OF_THE_SANDBOX.items():
            if name not in self.limits and not layers.intersection(self.layers):
                lowest[name] = getattr(own, name)
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
        special = entry.pop("in_language", {})
        first = Experiment(
            slug=family,
            family=family,
            language=languages[0],
            code="",
            verdicts=_verdicts(entry.pop("verdict", ["ok"])),
            layers=tuple(entry.pop("layers")),
            in_slot=tuple(entry.pop("in_slot", ())),
            references=tuple(entry.pop("references")),
            **entry,
        )
        made = [_in(language, first, **special.pop(language, {})) for language in languages]
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise CatalogueError(f"{entry.get('title')}: {error}") from error
    if special:
        raise CatalogueError(f"{family}: in_language: there is no program in {sorted(special)}")
    for experiment in made:
        check(experiment)
    return made


def _verdicts(names: Iterable[str]) -> frozenset[Verdict]:
    return frozenset(Verdict(name) for name in names)


def _in(language: str, experiment: Experiment, verdict: Iterable[str] = ()) -> Experiment:
    """Make the experiment of one language, which may have an end of its own."""
    is_first = language == experiment.language
    ending = "" if is_first else LANGUAGES[language].suffix.replace(".", "-")
    verdicts = _verdicts(verdict) or experiment.verdicts
    made = replace(
        experiment, slug=experiment.family + ending, language=language, verdicts=verdicts
    )
    return replace(made, code=(HERE / made.file).read_text())


def check(experiment: Experiment) -> None:
    """Raise CatalogueError if the experiment uses an unknown name, or lacks layers or verdicts."""
    known = {one.name for one in fields(Evidence)}
    nested = {name for name, one in LAYERS.items() if one.is_nested}
    problems = {
        "language": {experiment.language} - LANGUAGES.keys(),
        "level": {experiment.level} - set(LEVELS),
        "layers": set(experiment.layers) - (LAYERS.keys() - nested),
        "in_slot": set(experiment.in_slot) - nested,
        "evidence": {experiment.evidence} - known - {""},
        "limits": experiment.limits.keys() - {one.name for one in fields(Limits)},
    }
    for what, unknown in problems.items():
        if unknown:
            raise CatalogueError(f"{experiment.slug}: {what}: there is no {sorted(unknown)}")
    if not experiment.layers or not experiment.verdicts:
        raise CatalogueError(f"{experiment.slug}: it names no layers or no verdicts")
    if wrong := experiment.verdicts & NO_PROOF:
        raise CatalogueError(f"{experiment.slug}: verdict: {sorted(wrong)} proves nothing")
    if len(experiment.code) > CODE_CHARACTERS:
        raise CatalogueError(f"{experiment.slug}: more than {CODE_CHARACTERS} characters")


CATALOGUE = load()
ATTACKS: dict[str, tuple[Experiment, ...]] = {
    family: tuple(one for one in CATALOGUE.values() if one.family == family)
    for family in dict.fromkeys(one.family for one in CATALOGUE.values())
}
"""Each attack in all its languages, by family."""
START_HERE = load_path(ATTACKS)


def is_offered(experiment: Experiment) -> bool:
    """Whether this site can run the experiment: it offers the language."""
    return experiment.language in offered()


def offered_attacks() -> dict[str, tuple[Experiment, ...]]:
    """Return each attack in the languages that this site offers, by family; no attack without any."""
    languages = offered()
    found = {
        family: tuple(one for one in programs if one.language in languages)
        for family, programs in ATTACKS.items()
    }
    return {family: programs for family, programs in found.items() if programs}


def next_after(experiment: Experiment) -> Experiment:
    """Return the attack after this one, in the same language if there is one: along the path for
    newcomers, else in the catalogue's order. The last is followed by the first. Attacks that this site
    does not offer are left out."""
    attacks = offered_attacks()
    order = START_HERE if experiment.family in START_HERE[:-1] else tuple(ATTACKS)
    place = order.index(experiment.family) + 1
    following = next(one for one in (*order[place:], *order) if one in attacks)
    same = (one for one in attacks[following] if one.language == experiment.language)
    return next(same, attacks[following][0])


def by_category(
    experiments: Iterable[Experiment] = CATALOGUE.values(),
) -> list[tuple[str, list[Experiment]]]:
    """Group experiments that are in the catalogue's order."""
    groups = groupby(experiments, attrgetter("category"))
    return [(category, list(group)) for category, group in groups]
