"""Prometheus counters of the events in this process.

Labels are languages, verdicts, route names, status classes and our own error codes, never a value that a
client can invent, so their number is bounded.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from executor import LANGUAGES, Verdict

RUN_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WAIT_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800)

disable_created_metrics()  # type: ignore[no-untyped-call] # else each counter has another, unused series
COUNTED = CollectorRegistry()
RUNS = Counter(
    "sce_runs", "Runs that this process has finished.", ["language", "verdict"], registry=COUNTED
)
WALL = Histogram(
    "sce_run_wall_seconds",
    "Wall time of programs.",
    ["language"],
    buckets=RUN_SECONDS,
    registry=COUNTED,
)
WAIT = Histogram(
    "sce_run_wait_seconds",
    "Time from a submission's acceptance to its start.",
    ["language"],
    buckets=WAIT_SECONDS,
    registry=COUNTED,
)
REQUESTS = Histogram(
    "sce_http_request_seconds",
    "Time from a request to the start of its answer, by route name and status class.",
    ["route", "status"],
    buckets=RUN_SECONDS,
    registry=COUNTED,
)
REFUSALS = Counter(
    "sce_refusals", "Answers 429 and 503, by their code.", ["code"], registry=COUNTED
)


# Create every series at 0. A series that appears with its first failure shows no increase.
for _language in LANGUAGES:
    WALL.labels(_language)
    WAIT.labels(_language)
    for _verdict in Verdict:
        RUNS.labels(_language, _verdict)


def ended(
    *, language: str, verdict: str, wall_ms: float | None, waited_seconds: float | None
) -> None:
    """Count a run after its result is stored. `wall_ms` is None if it did not run, `waited_seconds` if it
    did not start."""
    RUNS.labels(language, verdict).inc()
    if wall_ms is not None:
        WALL.labels(language).observe(wall_ms / 1000)
    if waited_seconds is not None:
        WAIT.labels(language).observe(max(0.0, waited_seconds))


def abandoned(language: str) -> None:
    """Count a run that is given up because its process died too often."""
    RUNS.labels(language, Verdict.INTERNAL_ERROR).inc()


def answered(route: str, status: int, seconds: float) -> None:
    """Count a request by the name of its route."""
    REQUESTS.labels(route, f"{status // 100}xx").observe(seconds)


def refused(code: str) -> None:
    """Count an answer 429 or 503 by its code, which is never the client's."""
    REFUSALS.labels(code).inc()
