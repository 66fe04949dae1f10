"""The attack lab's catalogue: a path for newcomers, and all attacks with filters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from executor import LANGUAGES, LAYERS, Layer
from executor.experiments import (
    CATALOGUE,
    LEVELS,
    START_HERE,
    Experiment,
    Outcome,
    by_category,
    offered_attacks,
)

from ...lifecycle.models import Submission

TABLE = Submission._meta.db_table
LAST_OUTCOMES = f"""
SELECT slugs.column1, (
    SELECT outcome FROM {TABLE}
    WHERE user_id = %s AND experiment = slugs.column1 AND NOT (experiment = '')
        AND ablation = '' AND NOT (outcome = '')
    ORDER BY created DESC LIMIT 1
)
FROM (VALUES {{values}}) AS slugs
"""  # noqa: S608 - only the table's name and placeholders are inserted
"""Reads one row for each experiment, by the index `submission_lab_outcome`."""
FILTERS = ("q", "level", "language", "state", "group")
STATES = (("new", "Not yet tried"), ("contained", "Contained"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """An attack in the catalogue, with the user's last runs of it."""

    attack: Experiment
    """In its first language."""
    languages: tuple[tuple[Experiment, str, str], ...]
    """Each program, its language, and the outcome of the last run or an empty string."""
    place: int = 0
    """The place on the path for newcomers, from 1; 0 if it is not on it."""
    is_shown: bool = True

    @property
    def slugs(self) -> list[str]:
        """The slugs of its languages."""
        return [one.language for one, *_ in self.languages]

    @property
    def state(self) -> str:
        """The worst outcome; "new" if no run has ended."""
        found = {outcome for *_, outcome in self.languages if outcome}
        return next(
            (one for one in (Outcome.BREACH, Outcome.UNPROVEN, Outcome.CONTAINED) if one in found),
            "new",
        )

    @property
    def layers(self) -> list[Layer]:
        return [LAYERS[name] for name in self.attack.layers]

    @property
    def text(self) -> str:
        """What a search looks at, in small letters."""
        one = self.attack
        parts = (one.title, one.subtitle, one.tries, one.category, one.family, *one.references)
        return " ".join((*parts, *(layer.label for layer in self.layers), *one.all_layers)).lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the query string asks for; an empty string asks for nothing."""

    q: str = ""
    level: str = ""
    language: str = ""
    group: str = ""
    state: str = ""

    def fits(self, card: Card) -> bool:
        return (
            all(word in card.text for word in self.q.lower().split())
            and self.level in {"", card.attack.level}
            and self.language in {"", *card.slugs}
            and self.group in {"", slug_of(card.attack.category)}
            and self.state in {"", card.state}
        )


def slug_of(category: str) -> str:
    return category.lower().replace(" ", "-")


@dataclass(frozen=True, kw_only=True, slots=True)
class Chip:
    """A filter that can be switched on and off."""

    label: str
    value: str
    query: str
    """The query string after a click."""
    is_on: bool


@never_cache
def catalogue(request: HttpRequest) -> HttpResponse:
    """List all attacks, with the user's progress; the query string filters."""
    wanted = Wanted(**{name: request.GET.get(name, "")[:100] for name in FILTERS})
    progress = _progress(request)
    attacks = offered_attacks()
    counted = Counter(one.language for programs in attacks.values() for one in programs)
    cards = {
        family: _card(family, programs, progress, wanted) for family, programs in attacks.items()
    }
    path = [cards[family] for family in START_HERE]
    groups = [
        (slug_of(category), category, [cards[one.family] for one in firsts])
        for category, firsts in by_category(programs[0] for programs in attacks.values())
    ]
    context = {
        "wanted": wanted,
        "others": [(name, getattr(wanted, name)) for name in FILTERS[1:]],
        "chips": _chips(
            wanted,
            [(slug, category) for slug, category, _ in groups],
            STATES if request.user.is_authenticated else [],
            [(slug, LANGUAGES[slug].label) for slug in counted],
        ),
        "groups": [
            (slug, category, some, any(card.is_shown for card in some))
            for slug, category, some in groups
        ],
        "path": path,
        "first": next((card for card in path if card.state == "new"), path[0]),
        "path_done": sum(card.state != "new" for card in path),
        "tried": sum(card.state != "new" for card in cards.values()),
        "found": sum(card.is_shown for card in cards.values()),
        "total": len(attacks),
        "programs": counted.total(),
        "counted": [(LANGUAGES[slug].label, count) for slug, count in counted.most_common()],
    }
    return render(request, "lab/catalogue.html", context)


def _chips(
    wanted: Wanted,
    groups: Sequence[tuple[str, str]],
    states: Sequence[tuple[str, str]],
    languages: Sequence[tuple[str, str]],
) -> list[tuple[str, str, list[Chip]]]:
    """Return label, name and chips of each filter; a stranger has no runs, so no states."""

    def chip(name: str, value: str, label: str) -> Chip:
        is_on = getattr(wanted, name) == value
        chosen = {**asdict(wanted), name: "" if is_on else value}
        query = urlencode({key: one for key, one in chosen.items() if one})
        return Chip(label=label, value=value, query=query, is_on=is_on)

    choices = {
        "level": ("Level", [(level, level.capitalize()) for level in LEVELS]),
        "language": ("Language", languages),
        "state": ("Your runs", states),
        "group": ("Group", groups),
    }
    return [
        (label, name, [chip(name, value, said) for value, said in some])
        for name, (label, some) in choices.items()
        if some
    ]


def _card(
    family: str, programs: Sequence[Experiment], progress: dict[str, str], wanted: Wanted
) -> Card:
    values: dict[str, Any] = {
        "attack": programs[0],
        "languages": tuple(
            (one, LANGUAGES[one.language].label, progress.get(one.slug, "")) for one in programs
        ),
        "place": START_HERE.index(family) + 1 if family in START_HERE else 0,
    }
    return Card(**values, is_shown=wanted.fits(Card(**values)))


def _progress(request: HttpRequest) -> dict[str, str]:
    """Return the outcome of the user's last run of each experiment with all layers, if there is one."""
    values = ", ".join(["(%s)"] * len(CATALOGUE))
    with connection.cursor() as cursor:
        cursor.execute(LAST_OUTCOMES.format(values=values), [request.user.pk, *CATALOGUE])
        return {slug: outcome for slug, outcome in cursor.fetchall() if outcome}
