"""The attack lab's pages: catalogue, experiment, result of a run, and matrix."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from executor import ABLATIONS, LAYERS, ablation_is_allowed, plain_text
from executor.experiments import CATALOGUE, Experiment, Outcome, by_category, observed

from .. import orders
from ..http.origin import origin_of_page
from ..lifecycle.columns import LARGE
from ..lifecycle.errors import Refused
from ..lifecycle.models import Submission
from ..orders import Order
from .refusals import refused

RECENT_RUNS = 10
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
"""How many of the user's runs an experiment's page lists."""


@never_cache
def catalogue(request: HttpRequest) -> HttpResponse:
    """List all experiments, with the user's progress."""
    progress = _progress(request)
    groups = [
        (category, [(experiment, progress.get(experiment.slug, "")) for experiment in experiments])
        for category, experiments in by_category()
    ]
    context = {"groups": groups, "tried": len(progress), "total": len(CATALOGUE)}
    return render(request, "lab/catalogue.html", context)


def _progress(request: HttpRequest) -> dict[str, str]:
    """Return the outcome of the user's last run of each experiment with all layers."""
    own = Submission.objects.visible_to(request.user).exclude(experiment="").exclude(outcome="")
    found = own.filter(ablation="").order_by("created").values_list("experiment", "outcome")
    return dict(found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def experiment(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an experiment; a POST runs it, under the same rules as every run."""
    if request.method == "POST":
        return _run(request, slug)
    known = _known(slug)
    own = Submission.objects.visible_to(request.user).filter(experiment=slug)
    context = {
        "experiment": known,
        "layers": [(layer, LAYERS[layer].stops) for layer in known.layers],
        "same": [one for one in CATALOGUE.values() if one.family == known.family],
        "seen": _seen(known),
        "runs": own.defer(*LARGE)[:RECENT_RUNS],
        "ablations": ABLATIONS.values() if _may_weaken(request) else (),
    }
    return render(request, "lab/experiment.html", context)


def _known(slug: str) -> Experiment:
    if slug not in CATALOGUE:
        raise Http404("Unknown experiment.")
    return CATALOGUE[slug]


def _run(request: HttpRequest, slug: str) -> HttpResponse:
    if not isinstance(request.user, User):
        return _refused(request, ["Log in to run it."], status=403)
    ablation = request.POST.get("ablation", "")
    try:
        orders.count(request.user)
        known = _known(slug)
        if request.content_type not in FORMS:  # of any other body nothing would be read
            return _refused(request, ["Send a form."], status=415)
        if ablation and ablation not in ABLATIONS:
            return _refused(request, ["Unknown layer."], status=400)
        order = Order(
            user=request.user,
            runs=(known.request(ablation),),
            origin=origin_of_page(request),
            experiment=slug,
            is_counted=True,
        )
        submission = orders.run(order).made
    except Refused as error:
        return refused(error, lambda problems: _refused(request, problems))
    except PermissionDenied as error:
        return _refused(request, [str(error)], status=403)
    return redirect("lab-run", pk=submission.pk)


def _refused(request: HttpRequest, problems: Sequence[str], status: int = 200) -> HttpResponse:
    return render(request, "lab/refused.html", {"problem": " ".join(problems)}, status=status)


def _may_weaken(request: HttpRequest) -> bool:
    return ablation_is_allowed() and request.user.has_perm("submissions.run_weakened")


def _seen(experiment: Experiment) -> list[tuple[str, str]]:
    """Return (layer, reason) of each recorded breach without that layer."""
    cells = observed().seen.get(experiment.slug, {})
    return [
        (ABLATIONS[slug].layer, cell["reason"])
        for slug, cell in cells.items()
        if slug in ABLATIONS and cell["outcome"] == Outcome.BREACH
    ]


@login_required
@never_cache
def lab_run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the result of the user's own run of an experiment."""
    own = Submission.objects.visible_to(request.user).exclude(experiment="")
    submission = get_object_or_404(own, pk=pk)
    context = {
        "submission": submission,
        "experiment": CATALOGUE.get(submission.experiment),
        "ablation": ABLATIONS.get(submission.ablation),
        "output": plain_text(submission.stdout),
        "errors": plain_text(submission.stderr),
    }
    return render(request, "lab/run.html", context)


def matrix(request: HttpRequest) -> HttpResponse:
    """Show the recorded outcome of every attack without each layer."""
    return render(request, "lab/matrix.html", {"record": observed(), **_table()})


@cache
def _table() -> dict[str, Any]:
    """Return the matrix, which changes with the code only."""
    record = observed()
    columns = [("", "all layers"), *((slug, one.layer) for slug, one in ABLATIONS.items())]
    rows = [
        (slug, [(layer, record.outcome(slug, column) or "") for column, layer in columns])
        for slug in CATALOGUE
    ]
    return {"columns": [layer for _, layer in columns], "rows": rows}
