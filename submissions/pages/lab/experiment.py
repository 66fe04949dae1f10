"""The attack lab's pages of one attack: the experiment, and the result of a run."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from executor import (
    ABLATIONS,
    LANGUAGES,
    LAYERS,
    Layer,
    ablation_is_allowed,
    limits_of,
    plain_text,
)
from executor.experiments import (
    CATALOGUE,
    Experiment,
    Outcome,
    address_of,
    change_of,
    is_offered,
    layers_of,
    lowered,
    next_after,
    observed,
    offered_attacks,
)

from ... import orders
from ...http.answers import is_for_programs, refusal
from ...http.codes import Code
from ...http.origin import origin_of_page
from ...http.refusals import code_of
from ...lifecycle.columns import LARGE
from ...lifecycle.errors import Refused
from ...lifecycle.models import Status, Submission
from ...orders import Order
from ..refusals import refused
from .terms import TERMS, terms_in

RECENT_RUNS = 10
"""How many of the user's runs an experiment's page lists."""
SHOWN_CHARACTERS = 5000
"""How much of the output a result shows; the run's page in the history has all of it."""
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
WEAKENING_GROUP = "Lab: may weaken"
"""The group of migration 0058, whose members may weaken layers."""


def own_attacks(request: HttpRequest) -> QuerySet[Submission]:
    """Return the user's own runs of experiments."""
    return Submission.objects.visible_to(request.user).exclude(experiment="")


def glossary(request: HttpRequest) -> HttpResponse:
    """Explain the lab's terms."""
    return render(request, "lab/glossary.html", {"terms": TERMS})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def experiment(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an experiment; a POST runs it, under the same rules as every run.

    A POST whose Accept asks for JSON gets the address of the result instead of a redirect to it.
    """
    if request.method == "POST":
        answer = _run(request, slug)
        patch_vary_headers(answer, ["Accept"])
        return answer
    known = _known(slug)
    own = own_attacks(request).filter(experiment=slug).defer(*LARGE)[:RECENT_RUNS]
    context = {
        "experiment": known,
        "layers": [LAYERS[layer] for layer in known.layers],
        "in_slot": [LAYERS[layer] for layer in known.in_slot],
        "same": _same(known),
        "is_offered": is_offered(known),
        "language": LANGUAGES[known.language].label,
        "seen": observed().seen.get(slug, {}).get(""),
        "shorter": lowered(known.request().limits, limits_of(LANGUAGES[known.language])),
        "breaches": _breaches(known),
        "references": [(one, address_of(one)) for one in known.references],
        "terms": terms_in(known.tries, known.teaches, known.beyond, known.evidence),
        "runs": [(run, label_of(run.ablation)) for run in own],
        "following": next_after(known),
        **weakening(request, known),
    }
    return render(request, "lab/experiment.html", context)


def _known(slug: str) -> Experiment:
    if slug not in CATALOGUE:
        raise Http404("Unknown experiment.")
    return CATALOGUE[slug]


def label_of(ablation: str) -> str:
    """Name the layer of an ablation, also of one that is gone."""
    return LAYERS[ABLATIONS[ablation].layer].label if ablation in ABLATIONS else ablation


def _same(known: Experiment) -> list[tuple[Experiment, str]]:
    """Return the attack in all languages that the site offers, with their names."""
    programs = offered_attacks().get(known.family, ())
    return [(one, LANGUAGES[one.language].label) for one in programs]


def _breaches(known: Experiment) -> list[tuple[Layer, str, str]]:
    """Return layer, slug and reason of each recorded breach of this program without a layer."""
    cells = observed().seen.get(known.slug, {})
    return [
        (LAYERS[ABLATIONS[slug].layer], slug, cell["reason"])
        for slug, cell in cells.items()
        if slug in ABLATIONS and cell["outcome"] == Outcome.BREACH
    ]


def weakening(request: HttpRequest, known: Experiment) -> dict[str, Any]:
    """Return what the form to weaken a layer shows: the choices, and why they are disabled.

    This is for display only. `lifecycle.experiments.check_weakened` decides.
    """
    limits = known.request().limits
    choices = [
        (slug, LAYERS[one.layer].label, change_of(one, limits))
        for slug, one in ABLATIONS.items()
        if known.is_tried_without(slug)
    ]
    own = {slug for slug, one in ABLATIONS.items() if one.layer in known.all_layers}
    return {
        "own_choices": [choice for choice in choices if choice[0] in own],
        "other_choices": [choice for choice in choices if choice[0] not in own],
        "not_allowed": _why_not(request),
        "weakening_group": WEAKENING_GROUP,
    }


def _why_not(request: HttpRequest) -> str:
    """Return why the user may not weaken layers: "login", "site", "user", or an empty string."""
    if not request.user.is_authenticated:
        return "login"
    if not ablation_is_allowed():
        return "site"
    return "" if request.user.has_perm("submissions.run_weakened") else "user"


def _run(request: HttpRequest, slug: str) -> HttpResponse:
    if not isinstance(request.user, User):
        return _refused(request, Code.NOT_AUTHENTICATED, "Log in to run it.")
    ablation = request.POST.get("ablation", "")
    try:
        orders.count(request.user)
        known = _known(slug)
        if request.content_type not in FORMS:  # of any other body nothing would be read
            return _refused(request, Code.UNSUPPORTED_MEDIA_TYPE, "Send a form.")
        if ablation and (ablation not in ABLATIONS or not known.is_tried_without(ablation)):
            return _refused(request, Code.INVALID, "There is no such layer to weaken.")
        if not is_offered(known):
            label = LANGUAGES[known.language].label
            return _refused(request, Code.INVALID, f"{label} is not offered on this site.")
        order = Order(
            user=request.user,
            runs=(known.request(ablation),),
            origin=origin_of_page(request),
            experiment=slug,
            is_counted=True,
        )
        submission = orders.run(order).made
    except Refused as error:
        code = code_of(error)
        return refused(error, lambda problems: _refused(request, code, " ".join(problems)))
    except PermissionDenied as error:
        return _refused(request, Code.PERMISSION_DENIED, str(error))
    if is_for_programs(request):
        return JsonResponse(
            {"page": reverse("lab-run", args=[submission.pk]), "outcome": submission.outcome}
        )
    return redirect("lab-run", pk=submission.pk)


def _refused(request: HttpRequest, code: Code, detail: str) -> HttpResponse:
    if is_for_programs(request):
        return refusal(code, detail, {"ablation": [detail]} if code is Code.INVALID else None)
    return render(request, "lab/refused.html", {"problem": detail}, status=code.status)


@login_required
@never_cache
def lab_run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the result of the user's own run of an experiment."""
    submission = get_object_or_404(own_attacks(request), pk=pk)
    known = CATALOGUE.get(submission.experiment)
    context: dict[str, Any] = {
        "submission": submission,
        "is_finished": submission.status == Status.FINISHED,
        "experiment": known,
        "ablation": ABLATIONS.get(submission.ablation),
        "output": plain_text(submission.stdout)[:SHOWN_CHARACTERS],
        "errors": plain_text(submission.stderr)[:SHOWN_CHARACTERS],
    }
    if known:
        context |= _result(request, submission, known)
    return render(request, "lab/run.html", context)


def _result(request: HttpRequest, submission: Submission, known: Experiment) -> dict[str, Any]:
    """Return what the result shows of a known experiment: the drawing and the next steps."""
    missing = layers_of(submission.ablation)
    main = next((slug for slug, one in ABLATIONS.items() if one.layer == known.layers[0]), "")
    ablation = ABLATIONS.get(submission.ablation)
    is_contained = submission.outcome == Outcome.CONTAINED
    return {
        "lit": set(known.layers_in(submission.ablation)) - missing if is_contained else set(),
        "missing": missing,
        "change": change_of(ablation, known.request().limits) if ablation else "",
        "weakened": [LAYERS[name] for name in LAYERS if name in missing],
        "main": LAYERS[known.layers[0]],
        "main_switch": main,
        "following": next_after(known),
        "not_allowed": _why_not(request),
        "weakening_group": WEAKENING_GROUP,
    }
