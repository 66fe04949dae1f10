"""What a person reads: stderr without the frames of our runners, and one friendly sentence on the end.

The verdict decides the sentence; stderr, which the program can write as it likes, only helps to put
the program's own errors into words. Work is linear in its size: nothing here may hold up the process.
"""

import re
import signal
from collections.abc import Callable

from .limits import KiB, Limits, MiB
from .runs import Usage
from .sandbox.output import TERMINAL_SEQUENCE
from .verdicts import Evidence, Verdict

OUR_PYTHON_FRAME = re.compile(r'^ *File "/sandbox/[^\n]*\n(?:    [^\n]*\n){0,2}', re.MULTILINE)
OUR_NODE_FRAME = re.compile(
    r"\n {4}at [^\n]*(?:/sandbox/run_node\.js|node:internal/)[^\n]*?( \{)?(?=\n|\Z)"
)
"""The bracket that may follow the last frame belongs to the error's own properties."""

LINES_READ = 100
"""The end of stderr: an error and its traceback, with the frames of a library or two."""
LINE_CHARACTERS = 400
"""Read of each of those lines, and shown of an error: more is no sentence."""


def clean_stderr(text: str) -> str:
    """Without terminal sequences and the frames of our runners and of Node's own loader."""
    text = TERMINAL_SEQUENCE.sub("", text)
    return OUR_NODE_FRAME.sub(r"\1", OUR_PYTHON_FRAME.sub("", text))


def explain(
    verdict: Verdict, evidence: Evidence, usage: Usage, limits: Limits, stderr: str
) -> str | None:
    """One sentence that names the limit, what was used and what is allowed; None if all is well."""
    if verdict is Verdict.OK:
        return None
    lines = _last_lines(stderr)
    if verdict is Verdict.RUNTIME_ERROR:
        advice = (ADVICE_ON_REFUSED_CALLS if evidence.calls_refused else ()) + ADVICE
        return _advice(advice, lines) or _own_error(lines) or _end(evidence)
    sentence = LIMIT_SENTENCES[verdict](evidence, usage, limits)
    # A program that ended by itself may have failed for a reason that the limit has no part in.
    own = _own_error(lines) if evidence.exit_code is not None else None
    return f"{sentence}; the program's own error: {own}" if own else sentence


def _time(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    if evidence.cpu_exhausted:
        return f"Execution used up its {_seconds(limits.cpu_seconds)} of CPU time"
    return f"Execution timed out after {_seconds(limits.wall_seconds)}"


def _memory(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    processes = "the program" if evidence.oom_kills == 1 else f"{evidence.oom_kills} processes"
    return (
        f"Memory limit exceeded: {_size(limits.memory_bytes)} is allowed,"
        f" and the kernel killed {processes} for wanting more"
    )


def _output(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    return (
        f"Output limit exceeded: {_size(limits.output_bytes)} is allowed for each of stdout and"
        " stderr; what came before is kept"
    )


def _processes(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    memory_too = f"; they used up the {_size(limits.memory_bytes)} of memory too"
    return (
        f"Process limit exceeded: {limits.processes} processes and threads are allowed at a time,"
        f" and the kernel refused {evidence.pids_refusals} more"
        f"{memory_too if evidence.oom_kills else ''}"
    )


def _disk(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    return (
        f"Disk limit exceeded: {_size(limits.disk_bytes)} in {limits.disk_files} files is allowed"
        " in /tmp"
    )


def _cancelled(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    return "Execution was stopped on request"


def _internal(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    return "The sandbox failed; this is our fault, not your program's"


LIMIT_SENTENCES: dict[Verdict, Callable[[Evidence, Usage, Limits], str]] = {
    Verdict.TIME_LIMIT_EXCEEDED: _time,
    Verdict.MEMORY_LIMIT_EXCEEDED: _memory,
    Verdict.OUTPUT_LIMIT_EXCEEDED: _output,
    Verdict.PROCESS_LIMIT_EXCEEDED: _processes,
    Verdict.DISK_LIMIT_EXCEEDED: _disk,
    Verdict.CANCELLED: _cancelled,
    Verdict.INTERNAL_ERROR: _internal,
}

ADVICE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (
            r"^ModuleNotFoundError: No module named '([^']+)'",
            "The module {0!r} is not installed: the sandbox has the standard library and no network"
            " to install more",
        ),
        (
            r"^Error: Cannot find module '([^']+)'|Cannot find package '([^']+)' imported from",
            "The module {0!r} is not installed: the sandbox has Node's own modules and no network"
            " to install more",
        ),
        (
            # The program's own file is a link to one that is there to be read only.
            r"\[Errno 30\] Read-only file system: '([^']+)'"
            r"|EROFS: read-only file system, \w{1,20} '([^']+)'"
            r"|\[Errno 13\] Permission denied: '((?:/app/)?script\.py)'"
            r"|EACCES: permission denied, open '((?:/app/)?script\.m?js)'",
            "{0} can't be written: the file system is read-only; /tmp can be written",
        ),
        (
            r"\[Errno 13\] Permission denied: '([^']+)'|EACCES: permission denied, \w{1,20} '([^']+)'",
            "Access to {0} was refused: the program runs as an ordinary user without any privilege",
        ),
        (
            r"No space left on device|ENOSPC: no space left on device|\[Errno 27\] File too large|EFBIG",
            "The sandbox's disk is full: /tmp is small, in bytes and in files",
        ),
        (
            r"Temporary failure in name resolution|Network is unreachable|EAI_AGAIN|ENETUNREACH"
            r"|ENOTFOUND|Name or service not known",
            "There is no network in the sandbox",
        ),
        (
            r"Address family not supported by protocol|EAFNOSUPPORT",
            "There is no network in the sandbox, not even a loopback, on this machine: the kernel does"
            " not count its memory",
        ),
        (
            r"^MemoryError",
            "The program asked for more memory than there is in the sandbox",
        ),
        (
            r"^RecursionError|^RangeError: Maximum call stack size exceeded",
            "The program calls itself too deeply (infinite recursion?)",
        ),
        (
            r"^EOFError: EOF when reading a line",
            "The program reads more input than it was given on stdin",
        ),
    )
)
"""Patterns of one line, and what they mean in a sandbox. The first that fits any line is used."""

ADVICE_ON_REFUSED_CALLS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        # A transaction of SQLite's makes several such calls; its error depends on which is refused.
        re.compile(
            r"\[Errno 37\] No locks available|ENOLCK"
            r"|OperationalError: (?:disk I/O error|database is locked)"
        ),
        "The program has locked files more often than one run may",
    ),
    (
        re.compile(r"\[Errno 105\] No buffer space available|ENOBUFS"),
        "The program has opened more sockets for connections than one run may",
    ),
)
"""The same, only where the supervisor has refused calls: such errors have other causes too."""

PYTHON_FRAME = re.compile(r'  File "/app/script\.py", line (\d{1,7})(?!\d)')
PYTHON_ERROR = re.compile(r"[A-Za-z_]")
"""How the line after a traceback begins; those within it begin with a space."""
NODE_PLACE = re.compile(r"(?:file://)?/app/script\.m?js:(\d{1,7})\Z")
NODE_ERROR = re.compile(r"(?:Uncaught )?(\w{0,100}Error\b.*)")
NODE_LINES_BETWEEN = 4
"""At most, from the place to the error: the program's line, a marker under it, empty ones."""


def _last_lines(stderr: str) -> list[str]:
    """The beginnings of the last lines: the program writes what it likes, so the work is bounded."""
    lines = stderr.rsplit("\n", LINES_READ)[-LINES_READ:]
    return [
        line if len(line) <= LINE_CHARACTERS else f"{line[:LINE_CHARACTERS]}…" for line in lines
    ]


def _advice(advice: tuple[tuple[re.Pattern[str], str], ...], lines: list[str]) -> str | None:
    """What to know about the sandbox, where an error of its kind is among the lines."""
    for pattern, sentence in advice:
        for line in reversed(lines):
            if found := pattern.search(line):
                return sentence.format(*(group for group in found.groups() if group))
    return None


def _own_error(lines: list[str]) -> str | None:
    """The last uncaught error, in the program's words, and the line of the program it comes from."""
    if found := _python_error(lines) or _node_error(lines):
        number, error = found
        return f"{error} (line {number})"
    return None


def _python_error(lines: list[str]) -> tuple[str, str] | None:
    """(line number, error): the last of the program's own frames in a traceback, and its end."""
    found, number = None, None
    for line in lines:
        if frame := PYTHON_FRAME.match(line):
            number = frame[1]
        elif not line.startswith(" "):
            if number is not None and PYTHON_ERROR.match(line):
                found = number, line
            number = None
    return found


def _node_error(lines: list[str]) -> tuple[str, str] | None:
    """(line number, error): Node names the place first and the error a few lines below it."""
    found, number, lines_left = None, "", 0
    for line in lines:
        if place := NODE_PLACE.match(line):
            number, lines_left = place[1], NODE_LINES_BETWEEN + 1
        elif lines_left:
            lines_left -= 1
            if error := NODE_ERROR.match(line):
                found, lines_left = (number, error[1]), 0
    return found


def _end(evidence: Evidence) -> str:
    if evidence.signal is not None:
        return f"The program was ended by signal {evidence.signal} ({_name(evidence.signal)})"
    return f"The program ended with exit code {evidence.exit_code}"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "real-time signal"


def _seconds(value: float) -> str:
    return f"{value:g} second{'' if value == 1 else 's'}"


def _size(value: int) -> str:
    return f"{value / MiB:g} MiB" if value >= MiB else f"{value / KiB:g} KiB"
