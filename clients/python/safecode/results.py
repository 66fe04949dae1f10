"""Results as values. Fields that a later version of the site adds are in `raw`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import Failed, Unreachable
from .files import File
from .transport import Transport


@dataclass(frozen=True)
class Usage:
    """What a run used; None: not measured."""

    wall_ms: float | None = None
    cpu_ms: float | None = None
    memory_peak_bytes: int | None = None
    memory_peak_is_sampled: bool = False
    """Whether the true peak may be higher."""


@dataclass(frozen=True)
class Details:
    """The parts of an error, as far as they are known."""

    type: str | None = None
    message: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None


@dataclass(frozen=True)
class Run:
    """A run. A program wrote `output` and `stderr`: they can hold anything, also terminal codes."""

    id: str
    status: str
    verdict: str | None
    """How it ended; None until it has."""
    output: str
    stderr: str
    error: str | None
    """Why it failed, in one sentence; None if it did not."""
    details: Details | None
    exit_code: int | None
    signal: int | None
    truncated: bool
    language: str
    usage: Usage | None
    files: tuple[File, ...]
    """What the program left in its folder, if `outputs` asked for it."""
    files_left_out: Mapping[str, int]
    """How many files the site did not keep, by reason."""
    session: Mapping[str, Any] | None
    """What it left to its session: `id`, `kept`, `reason`, `size`, `not_kept`; None without one."""
    raw: Mapping[str, Any] = field(repr=False)
    """The site's answer."""

    @property
    def ok(self) -> bool:
        return self.verdict == "ok"

    def check(self) -> Run:
        """Return the run. Raises Failed unless its verdict is ok."""
        if not self.ok:
            raise Failed(self)
        return self

    @property
    def exit_status(self) -> int:
        """What a shell would show: the exit code, or 128 and the signal; 1 if there is neither."""
        if self.signal:
            return 128 + self.signal
        if self.exit_code is not None:
            return self.exit_code
        return 0 if self.ok else 1


def run_of(answer: Mapping[str, Any], transport: Transport) -> Run:
    """Read a run from an answer; a summary in a list has no output. Raises Unreachable."""
    try:
        return _run_of(answer, transport)
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreachable("The answer is none of a Safe Code Executor.") from error


def _run_of(answer: Mapping[str, Any], transport: Transport) -> Run:
    usage, details = answer.get("usage"), answer.get("error_details")
    return Run(
        id=str(answer["id"]),
        status=str(answer["status"]),
        verdict=answer.get("verdict"),
        output=answer.get("output") or "",
        stderr=answer.get("stderr") or "",
        error=answer.get("error"),
        details=details and Details(**_known(Details, details)),
        exit_code=answer.get("exit_code"),
        signal=answer.get("signal"),
        truncated=bool(answer.get("truncated")),
        language=answer.get("language") or "",
        usage=usage and Usage(**_known(Usage, usage)),
        files=tuple(_file_of(one, transport) for one in answer.get("files") or ()),
        files_left_out=answer.get("files_left_out") or {},
        session=answer.get("session"),
        raw=answer,
    )


def _file_of(answer: Mapping[str, Any], transport: Transport) -> File:
    return File(
        name=str(answer["name"]),
        size=int(answer["size"]),
        type=str(answer["type"]),
        sha256=str(answer["sha256"]),
        url=str(answer["url"]),
        transport=transport,
    )


def _known(kind: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) for name in kind.__dataclass_fields__}
