"""The home page."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from executor import ABLATIONS, LAYERS, default_limits, offered
from executor.experiments import Outcome, observed, offered_attacks, recorded

ALWAYS = sum(not one.is_nested for one in LAYERS.values())
"""The layers of each run; one in a slot has more."""
SERVICE_MS, DOCKER_RUN_MS = 38, 450
"""Median time of a small Python program after a pause, over HTTP and by `docker run`: see
docs/performance.md."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A measured number and what it counts."""

    value: str
    of: str


def home(request: HttpRequest) -> HttpResponse:
    """Show what the service is, an attack to step through, three ways in, and the limits."""
    shown = recorded()
    context = {
        "languages": [one for one in offered().values() if not one.extends],
        "limits": default_limits(),
        "run_url": request.build_absolute_uri("/run"),
        "numbers": numbers(),
        "attacks": len(offered_attacks()),
        "layer_count": ALWAYS,
        "shown": shown,
        "layer": LAYERS[shown.ablation.layer],
        "named": {shown.ablation.layer},
    }
    return render(request, "submissions/home.html", context)


def numbers() -> list[Number]:
    """Return what was counted and measured, from the code and the record of the last drill, in the
    languages that the site offers."""
    record = observed()
    slugs = [one.slug for programs in offered_attacks().values() for one in programs]
    contained = sum(record.outcome(slug) is Outcome.CONTAINED for slug in slugs)
    runs = sum(len(record.seen.get(slug, {})) for slug in slugs)
    return [
        Number(value=str(ALWAYS), of="layers between a program and the machine"),
        Number(value=f"{contained} of {len(slugs)}", of="attack programs contained"),
        Number(
            value=f"{runs:,}",
            of=f"recorded runs: with all layers, and with each of {len(ABLATIONS)} weakened in turn",
        ),
        Number(
            value=f"{SERVICE_MS} ms",
            of=f"for a small program over HTTP; docker run takes {DOCKER_RUN_MS} ms",
        ),
    ]
