"""Runs a request from start to end: takes a sandbox, runs the program, judges how it ended."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from .cancellation import Cancellation
from .choices import offered
from .conf import config
from .errors import InvalidRequest, NotOffered
from .explanation.diagnostics import clean_stderr, explain
from .languages import LANGUAGES
from .pool.owned import SETTLE_SECONDS, Lease
from .pool.pool import pool
from .pool.slots import Owner
from .runs import EventSink, RunEvent, RunRequest, RunResult
from .sandbox.ablations import ablation_of
from .sandbox.box import problem_with
from .sandbox.container import Report, Sandbox
from .sandbox.keyboard import Keyboard
from .sandbox.output import Output
from .verdicts import classify


def ignore(event: RunEvent) -> None:
    """Drop the event: the sink of a caller who only wants the result."""


def weakened(request: RunRequest) -> RunRequest:
    """Raise the request's limits as its ablation defines. Raises InvalidRequest where none is allowed."""
    if not config().ablation:
        raise InvalidRequest("ablation: this deployment does not weaken sandboxes")
    if (ablation := ablation_of(request.ablation)) is None:
        raise InvalidRequest(f"ablation: there is no {request.ablation!r}")
    return replace(request, limits=ablation.limits_for(request.limits))


def _sandbox(request: RunRequest, owner: Owner | None) -> AbstractContextManager[Lease]:
    language, limits = LANGUAGES[request.language], request.limits
    if ablation := ablation_of(request.ablation):
        return pool().weakened_sandbox(language, limits, ablation, read_only=request.read_only)
    shares_with = None if request.isolation == "container" else owner
    return pool().sandbox(language, limits, read_only=request.read_only, owner=shares_with)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A program that has run to its end."""

    report: Report
    output: Output
    number: int
    """The number of this run in its container."""


Run = Callable[[EventSink], Ended]
"""Runs the program once; what it prints goes to the sink."""


def run_twice(sandbox: Sandbox, run: Run, on_event: EventSink) -> Ended:
    """Run an attack on a layer of nested sandboxes twice in the same slot: the second run may find what
    the first has left. If the slot ends after the first run, that is the result."""
    events: list[RunEvent] = []
    first = run(events.append)
    if first.report.evidence.is_plain_exit and sandbox.settle(SETTLE_SECONDS):
        return run(on_event)
    for event in events:
        on_event(event)
    return first


def execute(
    request: RunRequest,
    *,
    owner: Owner | None = None,
    on_event: EventSink = ignore,
    cancellation: Cancellation | None = None,
    keyboard: Keyboard | None = None,
) -> RunResult:
    """Run untrusted code once, in a sandbox of its own, and return when it has ended.

    `owner` identifies the user, by any hashable value. Only runs of the same owner may share a container,
    one after another; a run without an owner shares it with none.

    An interactive run gets its further input from `keyboard`.

    This thread calls `on_event` with each piece of output as it arrives. Raises InvalidRequest for an
    unknown language or ablation, or files that do not fit, NotOffered for a language that this site does
    not have, and EngineError if no sandbox is available; never because of what the code did.
    """
    if request.language not in LANGUAGES:
        raise InvalidRequest(f"language: there is no {request.language!r}")
    if request.language not in offered():
        raise NotOffered(f"{LANGUAGES[request.language].label} is not offered on this site")
    if request.ablation:
        request = weakened(request)
    if problem := problem_with(request):
        raise InvalidRequest(problem)
    cancellation = cancellation or Cancellation()
    ablation = ablation_of(request.ablation)
    is_nested = ablation is not None and ablation.nested
    with _sandbox(request, owner) as lease:
        sandbox = lease.sandbox

        def run(sink: EventSink) -> Ended:
            output = Output(request.limits.output_bytes, sink, escapes_bytes=request.escapes_bytes)
            number = sandbox.run_number
            report = sandbox.run(request, output, cancellation, keyboard)
            return Ended(report=report, output=output, number=number)

        # If the call raises, nobody has seen the end of the processes: the engine may not answer, or the
        # sink may fail while the program runs. The removal takes as long as after any other late end.
        lease.ends_late = True
        ended = run_twice(sandbox, run, on_event) if is_nested else run(on_event)
        report, output = ended.report, ended.output
        lease.may_serve_again = report.evidence.is_plain_exit
        lease.ends_late = not report.all_gone
    verdict = classify(report.evidence)
    stderr = clean_stderr(output.stderr.text)
    words = explain(request, verdict, report.evidence, stderr, report.uncaught, output.stdout.text)
    return RunResult(
        verdict=verdict,
        stdout=output.stdout.text,
        stderr=stderr,
        error=words.sentence,
        error_details=words.details,
        exit_code=report.evidence.exit_code,
        signal=report.evidence.signal,
        truncated=output.exceeded,
        files=report.files,
        files_left_out=report.left_out,
        state=report.state,
        usage=report.usage,
        limits=request.limits,
        evidence=report.evidence,
        image=sandbox.image,
        sandbox=sandbox.container_id[:12],
        lane="slot" if lease.slot or is_nested else "container",
        run_number=ended.number,
        warm=lease.warm,
    )
