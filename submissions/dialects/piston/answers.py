"""A run in Piston's words."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

from ...dispatch.feed import LiveEvent
from ...lifecycle.errors import ServiceBusy
from ...lifecycle.models import Status, Submission, Verdict
from ..dialect import has_compile_stage, signal_name
from .runtimes import Runtime

KILL = "SIGKILL"
QUEUED_SECONDS = 30.0
"""How long an answer waits for a run that has lost its worker and is queued again."""
FORCED = {
    Verdict.TIME_LIMIT_EXCEEDED: "TO",
    Verdict.CANCELLED: "SG",
    Verdict.INTERNAL_ERROR: "XX",
}
"""The status of a run that was ended, whatever its exit code."""


def executed(
    submission: Submission, runtime: Runtime, events: Iterator[LiveEvent | None]
) -> dict[str, Any]:
    """Return the answer to a run. `events` is its output until it has ended. Raises ServiceBusy."""
    output = _written(submission, events)  # first: it reads the row again when the run has ended
    stage = _stage(submission, output)
    answer = {"run": stage, "language": runtime.language, "version": runtime.version}
    return {**answer, "compile": stage} if has_compile_stage(submission) else answer


def _written(submission: Submission, events: Iterator[LiveEvent | None]) -> str:
    """Return stdout and stderr in the order in which they were written. Reads until the run has ended.

    Raises ServiceBusy if the run has lost its worker and waits for another for too long.
    """
    pieces: list[str] = []
    give_up = monotonic() + QUEUED_SECONDS
    for event in events:
        if submission.status == Status.QUEUED and monotonic() > give_up:
            raise ServiceBusy("The run has lost its worker.", retry_after=1)
        if event is not None and event.name == "restart":
            pieces.clear()
        elif event is not None:
            pieces.append(event.text)
    return "".join(pieces)


def _stage(run: Submission, output: str) -> dict[str, Any]:
    status, signal = _end_of(run)
    return {
        "signal": signal,
        "stdout": run.stdout,
        "stderr": run.stderr,
        "code": None if signal else run.exit_code,
        "output": output,
        "memory": run.memory_peak_bytes,
        "message": run.error or None,
        "status": status,
        "cpu_time": _whole(run.cpu_ms),
        "wall_time": _whole(run.wall_ms),
    }


def _end_of(run: Submission) -> tuple[str | None, str | None]:
    """Return Piston's status of how a run ended, and the name of the signal."""
    verdict = Verdict(run.verdict)
    if verdict == Verdict.OUTPUT_LIMIT_EXCEEDED:
        is_stdout = len(run.stdout.encode()) >= len(run.stderr.encode())
        return ("OL" if is_stdout else "EL"), KILL
    if verdict in FORCED:
        return FORCED[verdict], KILL
    if run.signal is not None:
        return "SG", signal_name(run.signal)
    return ("RE" if run.exit_code else None), None


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)
