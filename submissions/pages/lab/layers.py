"""The pages that explain the sandbox: all layers together, and each by itself."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from executor import ABLATIONS, LAYERS, Ablation, Layer
from executor.experiments import Experiment, Outcome, observed, offered_attacks


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """A recorded attack that succeeded without a layer."""

    experiment: Experiment
    reason: str


def layers(request: HttpRequest) -> HttpResponse:
    """Explain how the sandbox works, with all layers."""
    nested = sum(one.is_nested for one in LAYERS.values())
    context = {"record": observed(), "total": len(LAYERS) - nested, "nested": nested}
    return render(request, "lab/layers.html", context)


def layer(request: HttpRequest, slug: str) -> HttpResponse:
    """Explain one layer: what it does, where it is set, what it stops, and what happens without it."""
    known = by_slug(slug)
    ablation = ABLATIONS.get(slug)
    everyone = list(LAYERS.values())
    place = everyone.index(known)
    context = {
        "layer": known,
        "lit": {known.name},
        "ablation": ablation,
        "stopped": attacks_on(known),
        "breaches": breaches_without(ablation) if ablation else [],
        "record": observed(),
        "before": everyone[place - 1] if place else None,
        "after": everyone[place + 1] if place + 1 < len(everyone) else None,
    }
    return render(request, "lab/layer.html", context)


def by_slug(slug: str) -> Layer:
    """Find a layer. Raises Http404."""
    for one in LAYERS.values():
        if one.slug == slug:
            return one
    raise Http404("Unknown layer.")


def attacks_on(layer: Layer) -> list[tuple[Experiment, bool]]:
    """List the attacks that the layer is meant to stop, and whether it is their main layer; those first.

    An attack in more than one language is listed once.
    """
    pairs = [
        (one, one.layers[0] == layer.name or layer.is_nested)
        for one, *_ in offered_attacks().values()
        if layer.name in one.all_layers
    ]
    return sorted(pairs, key=lambda pair: not pair[1])


def breaches_without(ablation: Ablation) -> list[Breach]:
    """List the recorded attacks that succeeded without the ablation's layer, each once."""
    record = observed()
    return [
        Breach(experiment=one, reason=record.seen[one.slug][ablation.slug]["reason"])
        for one, *_ in offered_attacks().values()
        if record.outcome(one.slug, ablation.slug) is Outcome.BREACH
    ]
