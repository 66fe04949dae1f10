"""Runs small programs in real containers."""

from textwrap import dedent

from executor import RunRequest, RunResult, execute


def run(code: str, **request: object) -> RunResult:
    """Code on lines of its own may be indented with what surrounds it."""
    if code.startswith("\n  "):
        code = dedent(code).lstrip("\n")
    return execute(RunRequest(code=code, **request))


def run_js(code: str, **request: object) -> RunResult:
    return run(code, language="javascript", **request)
