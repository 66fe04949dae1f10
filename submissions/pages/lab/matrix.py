"""The matrix of attacks and layers, and what was seen in each pair."""

from dataclasses import dataclass
from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from executor import ABLATIONS, IN_A_SLOT, LANGUAGES, LAYERS, Layer, layers_by_group, offered
from executor.experiments import (
    Experiment,
    Outcome,
    by_category,
    change_of,
    layers_of,
    observed,
    offered_attacks,
)

from .experiment import weakening
from .layers import by_slug

ALL = "all"
"""Stands for a layer in the address of a pair: no layer is weakened."""
Programs = tuple[Experiment, ...]
"""An attack in the languages that the site offers."""
WORST_FIRST = (Outcome.BREACH, Outcome.UNPROVEN, Outcome.CONTAINED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A layer, or all layers together."""

    slug: str
    label: str
    layer: Layer | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether the layer has no switch."""
        return self.layer is not None and self.slug not in ABLATIONS


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """An attack against the sandbox with one layer weakened."""

    column: Column
    outcome: Outcome | None
    """The worst outcome of all languages; None if there is no run."""
    is_meant: bool
    """Whether the layer is one of those that are meant to stop the attack."""
    is_open: bool
    """Whether the attack can be tried with this layer weakened."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """An attack with its cells."""

    attack: Experiment
    cells: tuple[Cell, ...]

    @property
    def breaches(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.outcome is Outcome.BREACH]


def matrix(request: HttpRequest) -> HttpResponse:
    """Show the recorded outcome of every attack with all layers, and with each layer weakened."""
    context = {
        "record": observed(),
        "attacks": len(offered_attacks()),
        "layers": len(LAYERS),
        "switches": len(ABLATIONS),
        "fixed": [layer for layer in LAYERS.values() if layer.slug not in ABLATIONS],
        "table": _table(tuple(offered())),
    }
    return render(request, "lab/matrix.html", context)


@cache
def _table(languages: tuple[str, ...]) -> SafeString:
    """Return the table and the list for phones. They change with the code and with the languages on offer
    only, and have 1,600 links."""
    attacks = offered_attacks()
    groups = [
        (group.label, [Column(slug=one.slug, label=one.label, layer=one) for one in layers])
        for group, layers in layers_by_group()
    ]
    columns = [Column(slug=ALL, label="All layers"), *(one for _, some in groups for one in some)]
    rows = [
        (category, [_row(attacks[one.family], columns) for one in firsts])
        for category, firsts in by_category(programs[0] for programs in attacks.values())
    ]
    context = {"groups": groups, "rows": rows, "width": len(columns) + 1}
    return render_to_string("lab/matrix_table.html", context)


def _row(programs: Programs, columns: list[Column]) -> Row:
    first = programs[0]
    cells = tuple(
        Cell(
            column=column,
            outcome=None if column.is_fixed else _worst(programs, column.slug),
            is_meant=column.layer is not None and column.layer.name in first.all_layers,
            is_open=not column.is_fixed and first.is_tried_without(column.slug),
        )
        for column in columns
    )
    return Row(attack=first, cells=cells)


def _worst(programs: Programs, slug: str) -> Outcome | None:
    ablation = "" if slug == ALL else slug
    found = {observed().outcome(one.slug, ablation) for one in programs}
    return next((outcome for outcome in WORST_FIRST if outcome in found), None)


def pair(request: HttpRequest, attack: str, layer: str) -> HttpResponse:
    """Show what was seen when an attack ran with one layer weakened, or with all layers."""
    programs = offered_attacks().get(attack)
    if not programs:
        raise Http404("Unknown attack.")
    known = programs[0]
    described = None if layer == ALL else by_slug(layer)
    ablation = ABLATIONS.get(layer)
    left = [LAYERS[name] for name in known.layers_in(layer) if name not in layers_of(layer)]
    is_open = layer == ALL or (ablation is not None and known.is_tried_without(layer))
    context = {
        "attack": known,
        "layer": described,
        "ablation": ablation,
        "change": change_of(ablation, known.request().limits) if ablation else "",
        "helped_by": [LAYERS[name] for name in ablation.helped_by] if ablation else [],
        "is_open": is_open,
        "seen": _seen(programs, layer) if is_open else [],
        "in_slot": _seen(programs, IN_A_SLOT.slug)
        if ablation and ablation.nested and is_open
        else [],
        "worst": _worst(programs, layer),
        "is_meant": described is not None and described.name in known.all_layers,
        "left": left,
        "others": [
            LAYERS[one.layer]
            for slug, one in ABLATIONS.items()
            if slug != layer and _worst(programs, slug) is Outcome.BREACH
        ],
        "record": observed(),
        **weakening(request, known),
    }
    return render(request, "lab/pair.html", context)


def _seen(programs: Programs, layer: str) -> list[tuple[Experiment, str, dict[str, str]]]:
    """Return each program of the attack, its language and what was recorded."""
    ablation = "" if layer == ALL else layer
    return [
        (one, LANGUAGES[one.language].label, cells[ablation])
        for one in programs
        if ablation in (cells := observed().seen.get(one.slug, {}))
    ]
