"""The attack lab's pages: the catalogue, an experiment, what came of a run, and the matrix."""

from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from executor import ABLATIONS, LAYERS, ablation_is_allowed, plain_text
from executor.experiments import CATALOGUE, Experiment, Outcome, by_category, observed

from ..api import throttling
from ..dispatch.dispatcher import dispatcher
from ..http.origin import origin_of
from ..lifecycle.models import Submission

RECENT_RUNS = 10


@never_cache
def catalogue(request: HttpRequest) -> HttpResponse:
    """All experiments, and how far the reader has come."""
    progress = _progress(request)
    groups = [
        (category, [(experiment, progress.get(experiment.slug, "")) for experiment in experiments])
        for category, experiments in by_category()
    ]
    context = {"groups": groups, "tried": len(progress), "total": len(CATALOGUE)}
    return render(request, "lab/catalogue.html", context)


def _progress(request: HttpRequest) -> dict[str, str]:
    """The outcome of the user's last run of each experiment, with all layers."""
    own = Submission.objects.visible_to(request.user).exclude(experiment="").exclude(outcome="")
    found = own.filter(ablation="").order_by("created").values_list("experiment", "outcome")
    return dict(found)


class LabRenderer(TemplateHTMLRenderer):
    """Pages, and one for what was refused."""

    exception_template_names = ["lab/refused.html"]

    def get_template_context(self, data: Any, renderer_context: Any) -> Any:
        if renderer_context["response"].exception:
            return {"problem": data.get("detail", data)}
        return super().get_template_context(data, renderer_context)


class ExperimentPage(APIView):
    """An experiment and the way to run it, which is that of every run."""

    schema = None  # a page, not in the OpenAPI document
    http_method_names = ["get", "head", "post"]
    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticatedOrReadOnly,)
    throttle_classes = (throttling.RunThrottle,)
    parser_classes = (FormParser, MultiPartParser)
    renderer_classes = (LabRenderer,)

    def get(self, request: Request, slug: str) -> Response:
        experiment = _known(slug)
        own = Submission.objects.visible_to(request.user).filter(experiment=slug)
        context = {
            "experiment": experiment,
            "layers": [(layer, LAYERS[layer]) for layer in experiment.layers],
            "same": [one for one in CATALOGUE.values() if one.family == experiment.family],
            "seen": _seen(experiment),
            "runs": own.defer("code", "stdin", "stdout", "stderr")[:RECENT_RUNS],
            "ablations": ABLATIONS.values() if _may_weaken(request) else (),
        }
        return Response(context, template_name="lab/experiment.html")

    def post(self, request: Request, slug: str) -> HttpResponse:
        experiment = _known(slug)
        ablation = request.POST.get("ablation", "")
        if ablation and ablation not in ABLATIONS:
            raise ValidationError({"detail": "There is no such layer to take away."})
        assert isinstance(request.user, User)  # noqa: S101 - for the type checker
        submission = dispatcher().submit_and_wait(
            user=request.user,
            run=experiment.request(ablation),
            origin=origin_of(request),
            experiment=slug,
        )
        return redirect("lab-run", pk=submission.pk)


def _known(slug: str) -> Experiment:
    if slug not in CATALOGUE:
        raise Http404("There is no such experiment.")
    return CATALOGUE[slug]


def _may_weaken(request: Request) -> bool:
    return ablation_is_allowed() and request.user.has_perm("submissions.run_weakened")


def _seen(experiment: Experiment) -> list[tuple[str, str]]:
    """What a drill has seen of it without each layer that it needs to be away, in words."""
    cells = observed().seen.get(experiment.slug, {})
    return [
        (ABLATIONS[slug].layer, cell["reason"])
        for slug, cell in cells.items()
        if slug in ABLATIONS and cell["outcome"] == Outcome.BREACH
    ]


@login_required
@never_cache
def lab_run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What came of one's own run of an experiment."""
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
    """Every attack without every layer, as a drill has seen it."""
    return render(request, "lab/matrix.html", {"record": observed(), **_table()})


@cache
def _table() -> dict[str, Any]:
    """It changes with the code only."""
    record = observed()
    columns = [("", "all layers"), *((slug, one.layer) for slug, one in ABLATIONS.items())]
    rows = [
        (slug, [(layer, record.outcome(slug, column) or "") for column, layer in columns])
        for slug in CATALOGUE
    ]
    return {"columns": [layer for _, layer in columns], "rows": rows}
