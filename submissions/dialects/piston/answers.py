"""A run in Piston's words."""

from collections.abc import Iterator
from signal import Signals
from typing import Any

from ...dispatch.feed import LiveEvent
from ...lifecycle.models import Submission, Verdict
from .runtimes import Runtime

WITHOUT_COMPILING = {"python", "javascript"}
"""Their syntax errors are those of the run. Of the others a compile error is a stage of its own."""
KILLED = {
    Verdict.TIME_LIMIT_EXCEEDED: "TO",
    Verdict.MEMORY_LIMIT_EXCEEDED: "SG",
    Verdict.PROCESS_LIMIT_EXCEEDED: "SG",
    Verdict.DISK_LIMIT_EXCEEDED: "SG",
    Verdict.CANCELLED: "SG",
    Verdict.INTERNAL_ERROR: "XX",
}
"""The status of a run that did not end by itself."""


def executed(
    submission: Submission, runtime: Runtime, events: Iterator[LiveEvent | None]
) -> dict[str, Any]:
    """Return the answer to a run. `events` is its output until it has ended."""
    stage = {**_stage(submission, _written(events))}
    answer = {"run": stage, "language": runtime.language, "version": runtime.version}
    if submission.verdict == Verdict.COMPILE_ERROR and runtime.language not in WITHOUT_COMPILING:
        answer["compile"] = stage
    return answer


def _written(events: Iterator[LiveEvent | None]) -> str:
    """Return stdout and stderr in the order in which they were written. Reads until the run has ended."""
    pieces: list[str] = []
    for event in events:
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
        return ("OL" if is_stdout else "EL"), "SIGKILL"
    if verdict in KILLED and run.exit_code is None:
        return KILLED[verdict], _name(run.signal) or "SIGKILL"
    if verdict == Verdict.TIME_LIMIT_EXCEEDED:
        return "TO", "SIGKILL"
    if run.signal is not None:
        return "SG", _name(run.signal)
    return ("RE" if run.exit_code else None), None


def _name(number: int | None) -> str | None:
    if number is None:
        return None
    try:
        return Signals(number).name
    except ValueError:  # a real-time signal
        return f"SIG{number}"


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)
