"""Run small programs in real containers."""

from textwrap import dedent
from typing import Any

from executor import Cancellation, EventSink, RunRequest, RunResult, default_limits, execute
from executor.execute import ignore


def run(
    code: str,
    *,
    on_event: EventSink = ignore,
    cancellation: Cancellation | None = None,
    **request: Any,
) -> RunResult:
    """Run a program. Code of several lines may be indented."""
    if code.startswith("\n  "):
        code = dedent(code).lstrip("\n")
    program = RunRequest(code=code, **{"limits": default_limits(), **request})
    return execute(program, on_event=on_event, cancellation=cancellation)


def run_js(code: str, **options: Any) -> RunResult:
    return run(code, language="javascript", **options)


def printed(result: RunResult) -> str:
    """Run a program that must end with `ok`; return its output."""
    assert (result.verdict, result.stderr, result.error) == ("ok", "", None), result
    return result.stdout
