"""The form of CPython's error messages, for ends that the runtime itself could not report (report.py)."""

import re
from collections.abc import Iterable

from ...uncaught import Related, Uncaught
from ..diagnostics import Diagnostics

TRACEBACK = "Traceback (most recent call last):"
GROUP_TRACEBACK = "  + Exception Group Traceback (most recent call last):"
OWN_FRAME = re.compile(r'  File "/app/script\.py", line (\d{1,7})(?P<run>, in |)')
ERROR = re.compile(r"([^\W\d][\w.<>]{0,99})(?:: (.*))?\Z")
"""The line after a traceback. Lines within a traceback begin with a space."""
IN_A_GROUP = re.compile(r" +\| (.*)")
"""A line of a group's traceback, after its margin."""
FATAL = "Fatal Python error: "
DUMP = ("  ", "Python runtime state: ", "Current thread ", "Thread ", "Extension modules: ")
FATAL_FRAME = re.compile(r'  File "/app/script\.py", line (\d{1,7}) in ')
USAGE_ERROR = re.compile(r"[^\s:]{1,100}: error: (.+)\Z")
"""The last line of argparse and optparse."""
NEVER_AWAITED = re.compile(
    r"(?:/app/script\.py:(\d{1,7})|<sys>:0): (RuntimeWarning): (coroutine .* was never awaited)\Z"
)
ASIDE = (
    ("Exception in thread ", "thread"),
    ("Exception ignored ", "unraisable"),
    ("Task exception was never retrieved", "task"),
    ("future: ", "task"),
)
"""How the line above a traceback begins if the error did not end the program, and the kind of error."""
MEMBERS = 5


def last_error(lines: list[str]) -> Uncaught | None:
    """Read the very end of stderr: an error, or else the text with which a program exits."""
    lines = _without_blank_end(lines)
    if not lines:
        return None
    return (
        _traceback(lines)
        or _group(lines)
        or _fatal_error(lines)
        or _never_awaited(lines)
        or _last_words(lines)
    )


def _without_blank_end(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _traceback(lines: list[str]) -> Uncaught | None:
    """Read a traceback, or the block of a syntax error, whose last line is the error's."""
    error = ERROR.match(lines[-1])
    start = _start_of_indented(lines[:-1])
    frames = lines[start:-1]
    own = [frame for line in frames if (frame := OWN_FRAME.match(line))]
    above = lines[start - 1] if start else ""
    if not error or not frames or not (own or above == TRACEBACK):
        return None
    kind = _kind(lines[start - 2] if start > 1 and above == TRACEBACK else "")
    return Uncaught(
        # The block of a program that could not be compiled has no traceback above it.
        phase="run" if not own or own[-1]["run"] or above == TRACEBACK else "compile",
        kind=kind,
        type=error[1],
        message=error[2] or "",
        line=_line(own),
        facts=_exit_code(kind),
    )


def _start_of_indented(lines: list[str]) -> int:
    """Find the first of the indented lines at the end."""
    start = len(lines)
    while start and lines[start - 1].startswith(" "):
        start -= 1
    return start


def _kind(above: str) -> str:
    return next((kind for beginning, kind in ASIDE if above.startswith(beginning)), "exception")


def _exit_code(kind: str) -> dict[str, str | int]:
    """Return the exit code with which an error ends a program, as a fact."""
    return {"exit_code": 1} if kind == "exception" else {}


def _line(frames: Iterable[re.Match[str]]) -> int | None:
    """Return the line of the innermost of the program's own frames."""
    numbers = [int(frame[1]) for frame in frames]
    return numbers[-1] if numbers else None


def _group(lines: list[str]) -> Uncaught | None:
    """Read the traceback of an exception group, whose lines have a margin."""
    start = _start_of_indented(lines)
    if not lines[-1].endswith("-----") or GROUP_TRACEBACK not in lines[start:][:1]:
        return None
    block = [line[1] for indented in lines[start:] if (line := IN_A_GROUP.match(indented))]
    errors = [error for line in block if (error := ERROR.match(line))]
    if not errors:
        return None
    own = [frame for line in block if (frame := OWN_FRAME.match(line))]
    kind = _kind(lines[start - 1] if start else "")
    return Uncaught(
        phase="run",
        kind=kind,
        type=errors[0][1],
        message=errors[0][2] or "",
        line=int(own[0][1]) if own else None,
        facts=_exit_code(kind),
        group=tuple(
            Related(type=error[1], message=error[2] or "") for error in errors[1 : MEMBERS + 1]
        ),
    )


def _fatal_error(lines: list[str]) -> Uncaught | None:
    """Read what the interpreter prints when it crashes: the error, then each thread's frames."""
    starts = [at for at, line in enumerate(lines) if line.startswith(FATAL)]
    if not starts or not all(_is_of_a_dump(line) for line in lines[starts[-1] + 1 :]):
        return None
    frames = [frame for line in lines[starts[-1] :] if (frame := FATAL_FRAME.match(line))]
    return Uncaught(
        phase="run",
        kind="crash",
        type=FATAL.removesuffix(": "),
        message=lines[starts[-1]].removeprefix(FATAL),
        line=int(frames[0][1]) if frames else None,  # the most recent call comes first
    )


def _is_of_a_dump(line: str) -> bool:
    return not line.strip() or line.startswith(DUMP)


def _never_awaited(lines: list[str]) -> Uncaught | None:
    """Read the warning about a coroutine that nobody awaited, and its line."""
    for line in lines[-4:]:
        if found := NEVER_AWAITED.match(line):
            return Uncaught(
                phase="run",
                kind="warning",
                type=found[2],
                message=found[3],
                line=int(found[1]) if found[1] else None,
            )
    return None


def _last_words(lines: list[str]) -> Uncaught:
    """Read the last line, which is what `sys.exit("text")` or argparse prints if the exit code fits."""
    usage = USAGE_ERROR.match(lines[-1])
    if usage and any(line.startswith("usage: ") for line in lines):
        facts: dict[str, str | int] = {"exit_code": 2, "usage": "wrong"}
        return Uncaught(phase="run", kind="exit", type="SystemExit", message=usage[1], facts=facts)
    text, facts = lines[-1].strip(), {"exit_code": 1}
    return Uncaught(phase="run", kind="exit", type="SystemExit", message=text, facts=facts)


DIAGNOSTICS = Diagnostics(last_error=last_error)
