"""Counts what happens in this process, for Prometheus.

Labels are languages, verdicts, route names, status classes and codes of ours, never anything that a
client can make up, so that their number is bounded.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from executor import LANGUAGES, Verdict

RUN_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WAIT_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800)

disable_created_metrics()  # one more series for each, which nobody asks for
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


# What has not happened yet is 0, not unknown: a first failure is then an increase.
for _language in LANGUAGES:
    WALL.labels(_language)
    WAIT.labels(_language)
    for _verdict in Verdict:
        RUNS.labels(_language, _verdict)


def ended(
    *, language: str, verdict: str, wall_ms: float | None, waited_seconds: float | None
) -> None:
    """Count a run whose result has been stored. None: it did not run, or did not begin."""
    RUNS.labels(language, verdict).inc()
    if wall_ms is not None:
        WALL.labels(language).observe(wall_ms / 1000)
    if waited_seconds is not None:
        WAIT.labels(language).observe(max(0.0, waited_seconds))


def abandoned(language: str) -> None:
    """Count a run that lost its process too often."""
    RUNS.labels(language, Verdict.INTERNAL_ERROR).inc()


def answered(route: str, status: int, seconds: float) -> None:
    """Count a request by the name of its route."""
    REQUESTS.labels(route, f"{status // 100}xx").observe(seconds)


def refused(code: str) -> None:
    """Count an answer 429 or 503; the code is one of ours."""
    REFUSALS.labels(code).inc()
