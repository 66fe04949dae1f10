"""A run in Jobe's words."""

import re
from functools import cache
from typing import Any

from executor import LANGUAGES

from ...lifecycle.models import Submission, Verdict
from .languages import WITHOUT_COMPILING, is_compiled
from .spec import Spec

COMPILE_ERROR = 11
RUNTIME_ERROR = 12
TIME_LIMIT = 13
SUCCESS = 15
MEMORY_LIMIT = 17
INTERNAL_ERROR = 20
OVERLOAD = 21
"""19, an illegal system call, does not occur: the sandbox refuses calls, and ends nothing for one."""
LIMITS = {
    Verdict.TIME_LIMIT_EXCEEDED: TIME_LIMIT,
    # Jobe drops what exceeds the stream, and the program mostly runs out of time.
    Verdict.OUTPUT_LIMIT_EXCEEDED: TIME_LIMIT,
    Verdict.MEMORY_LIMIT_EXCEEDED: MEMORY_LIMIT,
    Verdict.PROCESS_LIMIT_EXCEEDED: RUNTIME_ERROR,
    Verdict.DISK_LIMIT_EXCEEDED: RUNTIME_ERROR,
    Verdict.CANCELLED: INTERNAL_ERROR,
    Verdict.INTERNAL_ERROR: INTERNAL_ERROR,
}
SEGMENTATION_FAULT = 11


def result_of(run: Submission, spec: Spec) -> dict[str, Any]:
    """Return the answer to a run that has ended."""
    verdict, stderr = Verdict(run.verdict), _stderr_of(run, spec)
    if verdict is Verdict.COMPILE_ERROR and spec.language not in WITHOUT_COMPILING:
        return _answer(run, spec, COMPILE_ERROR, cmpinfo=stderr)
    if verdict in LIMITS:
        # CodeRunner takes any stderr for a runtime error, whatever the outcome says.
        words = f"{run.error}\n" if LIMITS[verdict] in (RUNTIME_ERROR, INTERNAL_ERROR) else ""
        return _answer(run, spec, LIMITS[verdict], stdout=run.stdout, stderr=words)
    if run.signal is not None:
        words = "" if run.signal == SEGMENTATION_FAULT else _ended_by(run.signal)
        return _answer(run, spec, RUNTIME_ERROR, stdout=run.stdout, stderr=stderr + words)
    # The exit code does not matter.
    outcome = RUNTIME_ERROR if stderr else SUCCESS
    return _answer(run, spec, outcome, stdout=run.stdout, stderr=stderr)


def overload() -> dict[str, Any]:
    """Return the answer of a server that has no place at the moment: clients try again."""
    return {"run_id": "0", "outcome": OVERLOAD, "cmpinfo": "", "stdout": "", "stderr": ""}


def _answer(
    run: Submission,
    spec: Spec,
    outcome: int,
    *,
    cmpinfo: str = "",
    stdout: str = "",
    stderr: str = "",
) -> dict[str, Any]:
    return {
        "run_id": str(run.pk) if spec.debug else None,
        "outcome": outcome,
        "cmpinfo": cmpinfo,
        "stdout": stdout,
        "stderr": stderr,
    }


def _stderr_of(run: Submission, spec: Spec) -> str:
    """Return stderr with the program's file under the client's name for it."""
    return _program_file(spec.slug).sub(lambda _: spec.source_name, run.stderr)


@cache
def _program_file(slug: str) -> re.Pattern[str]:
    """Match the program's file as its language names it: a compiler leaves out the folder."""
    bare = r"|(?<![\w./-])" if is_compiled(slug) else ""
    return re.compile(rf"(?:/app/|/box/{bare}){re.escape(LANGUAGES[slug].source)}(?!\w)")


def _ended_by(signal: int) -> str:
    return f"warning: command terminated with signal {signal}\n"
