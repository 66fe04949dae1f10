"""Counts what happens. One registry a process; labels are bounded."""

from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Counter, Histogram

from ..lifecycle.models import Submission, Verdict

RUN_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WAIT_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800)
COUNTED = CollectorRegistry()
RUNS = Counter(
    "sce_runs", "Runs that this process has ended.", ["language", "verdict"], registry=COUNTED
)
WALL = Histogram(
    "sce_run_wall_seconds",
    "How long programs ran.",
    ["language"],
    buckets=RUN_SECONDS,
    registry=COUNTED,
)
WAIT = Histogram(
    "sce_run_wait_seconds",
    "From a submission's acceptance to its start.",
    ["language"],
    buckets=WAIT_SECONDS,
    registry=COUNTED,
)
REQUESTS = Histogram(
    "sce_http_request_seconds",
    "From a request to its answer's beginning, by the route's name and the status' class.",
    ["route", "status"],
    buckets=RUN_SECONDS,
    registry=COUNTED,
)
REFUSALS = Counter(
    "sce_refusals", "Answers 429 and 503, by their code.", ["code"], registry=COUNTED
)


def ended(submission: Submission) -> None:
    """Counts a run whose result has been stored."""
    RUNS.labels(submission.language, submission.verdict).inc()
    if submission.wall_ms is not None:
        WALL.labels(submission.language).observe(submission.wall_ms / 1000)
    if submission.started is not None:
        waited = (submission.started - submission.created).total_seconds()
        WAIT.labels(submission.language).observe(max(0.0, waited))


def given_up(language: str) -> None:
    """Counts a run that lost its process too often."""
    RUNS.labels(language, Verdict.INTERNAL_ERROR).inc()


def answered(request: HttpRequest, status: int, seconds: float) -> None:
    """Counts a request. What leads nowhere, and static files, have no route."""
    match = request.resolver_match
    route = match.view_name.partition(":")[0] if match else "none"
    REQUESTS.labels(route, f"{status // 100}xx").observe(seconds)


def refused(code: str) -> None:
    """Counts an answer 429 or 503; the code is one of ours."""
    REFUSALS.labels(code).inc()
