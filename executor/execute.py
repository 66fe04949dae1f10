"""The whole story of a run."""

from .cancellation import Cancellation
from .diagnostics import clean_stderr, explain
from .errors import InvalidRequest
from .languages import LANGUAGES
from .output import Output
from .pool import pool
from .runs import EventSink, RunEvent, RunRequest, RunResult
from .verdicts import classify


def ignore(event: RunEvent) -> None:
    """The event sink of a caller who only wants the result."""


def execute(
    request: RunRequest,
    *,
    on_event: EventSink = ignore,
    cancellation: Cancellation | None = None,
) -> RunResult:
    """Runs untrusted code once, in a sandbox of its own, and returns when it has ended.

    `on_event` is called in this thread with each piece of output as it comes. Raises InvalidRequest
    for a language we do not have and EngineError if there is no sandbox to be had; never because of
    what the code did.
    """
    if request.language not in LANGUAGES:
        raise InvalidRequest(f"language: there is no {request.language!r}")
    language = LANGUAGES[request.language]
    output = Output(request.limits.output_bytes, on_event)
    cancellation = cancellation or Cancellation()
    with pool().sandbox(language, request.limits, read_only=request.read_only) as (sandbox, warm):
        report = sandbox.run(request, output, cancellation)
    verdict = classify(report.evidence)
    stderr = clean_stderr(output.stderr.text)
    return RunResult(
        verdict=verdict,
        stdout=output.stdout.text,
        stderr=stderr,
        error=explain(verdict, report.evidence, report.usage, request.limits, stderr),
        exit_code=report.evidence.exit_code,
        signal=report.evidence.signal,
        truncated=output.exceeded,
        usage=report.usage,
        limits=request.limits,
        evidence=report.evidence,
        image=sandbox.image,
        sandbox=sandbox.container_id[:12],
        warm=warm,
    )
