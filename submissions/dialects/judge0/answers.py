"""A run in Judge0's words."""

from binascii import b2a_base64
from collections.abc import Iterable
from datetime import UTC, datetime
from signal import Signals
from typing import Any

from ...lifecycle.models import Status, Submission, Verdict
from ..dialect import has_compile_stage
from .configuration import KB, STATUSES
from .languages import named, number_of
from .models import Expectation, digest_of

BY_DEFAULT = (
    *("stdout", "time", "memory", "stderr", "token"),
    *("compile_output", "message", "status"),
)
"""The fields of an answer if the client names none."""
ENCODED = ("stdout", "stderr", "compile_output", "message", "source_code", "stdin")
"""Fields that are in base64 if the client says so."""
NOT_KEPT = (
    *("expected_output", "additional_files", "compiler_options", "command_line_arguments"),
    *("callback_url", "cpu_extra_time", "stack_limit", "max_file_size", "enable_network"),
    *("redirect_stderr_to_stdout", "enable_per_process_and_thread_time_limit"),
    "enable_per_process_and_thread_memory_limit",
)
"""Fields of a request that an answer knows no more. A client that asks for all keeps what it has sent."""
LINE_BYTES = 45
"""What a line of base64 holds in Judge0's answers."""
SIGNALS = {Signals.SIGSEGV: 7, Signals.SIGXFSZ: 8, Signals.SIGFPE: 9, Signals.SIGABRT: 10}


class UnknownFields(Exception):
    """Fields that a client asks for and that there are not. `str()` is Judge0's sentence."""


def fields_in(asked: str) -> tuple[str, ...]:
    """Return the fields of an answer, which a client has named with commas. Raises UnknownFields."""
    names = [name.strip() for name in asked.split(",") if name.strip()]
    if "*" in names:
        return FIELDS
    if unknown := [name for name in names if name not in (*FIELDS, *NOT_KEPT)]:
        raise UnknownFields(f"invalid fields: [{', '.join(unknown)[:200]}]")
    return tuple(names) or BY_DEFAULT


def shown(run: Submission, fields: Iterable[str], *, is_base64: bool) -> dict[str, Any]:
    """Return these fields of a run."""
    values = _values(run)
    content = {name: values.get(name) for name in fields}
    for name in ENCODED if is_base64 else ():
        if text := content.get(name):
            content[name] = _encoded(text)
    return content


def _values(run: Submission) -> dict[str, Any]:
    """Return all fields of a run. What is empty is null."""
    status, failed_early = status_of(run), has_compile_stage(run)
    return {
        "source_code": run.code,
        "language_id": number_of(run.language),
        "language": named(run.language),
        "stdin": run.stdin or None,
        "stdout": run.stdout or None,
        "stderr": None if failed_early else run.stderr or None,
        "compile_output": run.stderr if failed_early else None,
        "message": run.error or None,
        "status_id": status,
        "status": {"id": status, "description": STATUSES[status]},
        "exit_code": run.exit_code,
        "exit_signal": run.signal,
        "time": _seconds(run.cpu_ms),
        "wall_time": _seconds(run.wall_ms),
        "memory": None if run.memory_peak_bytes is None else run.memory_peak_bytes // KB,
        "token": str(run.pk),
        "created_at": _moment(run.created),
        "finished_at": _moment(run.finished),
        "number_of_runs": 1,
        "cpu_time_limit": str(run.limits["cpu_seconds"]),
        "wall_time_limit": str(run.limits["wall_seconds"]),
        "memory_limit": run.limits["memory_bytes"] // KB,
        "max_processes_and_or_threads": run.limits["processes"],
    }


FIELDS = (
    *("source_code", "language_id", "language", "stdin", "stdout", "stderr", "compile_output"),
    *("message", "status_id", "status", "exit_code", "exit_signal", "time", "wall_time", "memory"),
    *("token", "created_at", "finished_at", "number_of_runs", "cpu_time_limit"),
    *("wall_time_limit", "memory_limit", "max_processes_and_or_threads"),
)


def status_of(run: Submission) -> int:
    """Return the number of Judge0's status."""
    if run.status != Status.FINISHED:
        return 1 if run.status == Status.QUEUED else 2
    match Verdict(run.verdict):
        case Verdict.OK:
            return 3 if _is_as_expected(run) else 4
        case Verdict.TIME_LIMIT_EXCEEDED:
            return 5
        case Verdict.COMPILE_ERROR if has_compile_stage(run):
            return 6
        case Verdict.OUTPUT_LIMIT_EXCEEDED:
            return 8  # Judge0's programs write to a file, whose size is limited
        case Verdict.INTERNAL_ERROR:
            return 13
    if run.signal is not None:
        return next((one for signal, one in SIGNALS.items() if signal == run.signal), 12)
    return 11 if run.exit_code else 12


def _is_as_expected(run: Submission) -> bool:
    expected = Expectation.objects.filter(submission=run.pk).first()
    return expected is None or expected.digest == digest_of(run.pk, run.stdout)


def _seconds(milliseconds: float | None) -> str | None:
    return None if milliseconds is None else f"{milliseconds / 1000:.3f}"


def _moment(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _encoded(text: str) -> str:
    """Return a text in base64, in lines as Judge0 breaks them."""
    raw = text.encode()
    lines = (raw[at : at + LINE_BYTES] for at in range(0, len(raw), LINE_BYTES))
    return "".join(b2a_base64(line).decode() for line in lines)
