"""Makes what a person reads: stderr without terminal codes, and a sentence and a hint on a run's end.

The verdict decides the sentence. The error that ended the program comes from the runtime's own report
(executor/uncaught.py), and where there is none, from the very end of stderr. A phrase that stands
anywhere else in stderr has no meaning. Work is bounded, since the program writes all of these.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..languages import LANGUAGES
from ..limits import KiB, Limits, MiB
from ..runs import ErrorDetails, RunRequest
from ..sandbox.output import TERMINAL_SEQUENCE, plain_text
from ..uncaught import (
    COMPILER_AT_WORK,
    COMPILER_FAILED,
    EXITS,
    MESSAGE_CHARACTERS,
    TYPE_CHARACTERS,
    Related,
    Uncaught,
)
from ..verdicts import Evidence, Verdict
from .entry import Hint
from .hints import find

LINES_READ = 100
"""Lines read at the end of stderr: enough for an error and its traceback through a library or two."""
LINES_OF_A_COMPILER = 1000
"""Lines read at the beginning of what a compiler prints: its runner passes on 16 KiB."""
LINE_CHARACTERS = 400
"""Characters read of each of those lines, and shown of an error. More would not be one sentence."""
RELATED_CHARACTERS = 120
"""Characters shown of a cause, a note, or a member of a group."""
RELATED_SHOWN = 3

ASIDE = {
    "thread": "An error in a thread",
    "task": "An error in a task",
    "worker": "An error in a worker",
    "unraisable": "An error that was ignored",
    "warning": "A warning",
}
"""Kinds of errors that do not end the program, and the beginning of the sentence about each."""
ABORT = "abort"
"""The kind of a message with which a library of the program ends it by a signal: the sentence has it."""
CRASHES = ("crash", "fatal", ABORT)
"""Kinds of messages that a runtime prints before a signal ends it."""
THROWN = {
    "bigint": "a bigint",
    "boolean": "a boolean",
    "function": "a function",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
    "symbol": "a symbol",
    "undefined": "undefined",
}
"""Types of thrown values that are no errors."""
WITHOUT_VALUE = {"null", "undefined"}
SIGNALS = {
    "SIGABRT": "was ended by an abort",
    "SIGALRM": "was ended by an alarm",
    "SIGBUS": "was ended by a bus error",
    "SIGFPE": "was ended by an arithmetic error",
    "SIGHUP": "was ended by a hang-up",
    "SIGILL": "was ended by an illegal instruction",
    "SIGINT": "was interrupted",
    "SIGKILL": "was killed",
    "SIGPIPE": "was ended by a write to a closed pipe",
    "SIGQUIT": "was ended by a request to quit",
    "SIGSEGV": "was ended by a segmentation fault",
    "SIGSYS": "was ended by a system call that is not allowed",
    "SIGTERM": "was terminated",
    "SIGTRAP": "was ended by a trap",
    "SIGXCPU": "was ended by the limit of its CPU time",
    "SIGXFSZ": "was ended by a file that grew too large",
}
BY_ITSELF = (Verdict.RUNTIME_ERROR, Verdict.COMPILE_ERROR)


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """The words on the end of a run."""

    sentence: str | None
    """None exactly if the verdict is ok."""
    details: ErrorDetails | None


def clean_stderr(text: str) -> str:
    """Remove terminal sequences. All else is the program's and its runtime's own."""
    return TERMINAL_SEQUENCE.sub("", text)


def explain(
    request: RunRequest,
    verdict: Verdict,
    evidence: Evidence,
    stderr: str,
    uncaught: Uncaught | None = None,
    stdout: str = "",
) -> Explanation:
    """Describe how a run ended, and what that usually means."""
    if verdict in (Verdict.CANCELLED, Verdict.INTERNAL_ERROR):
        return Explanation(sentence=_sentence_of_a_limit(request, verdict, evidence), details=None)
    compiler = _of_compiler(request, uncaught, stderr)
    printed = None if compiler else _printed(request, verdict, evidence, stderr)
    error = compiler or (_with_stderr(uncaught, printed) if printed else uncaught)
    if error and error.line and error.line > request.code.count("\n") + 1:
        error = replace(error, line=None, column=None)  # the program has no such line
    if error:
        error = replace(error, column=_character(request, error))
    hint = find(request, error, verdict, evidence, stdout)
    details = _details(error, hint)
    if verdict is Verdict.OK:
        return Explanation(sentence=None, details=details)
    if verdict in BY_ITSELF:
        sentence = _sentence_of_an_error(error, hint, evidence)
    elif compiler:
        sentence = _sentence_of_a_compiler(request, verdict, evidence)
    else:
        sentence = _sentence_of_a_limit(request, verdict, evidence)
        # A program that ended by itself may have failed for a reason other than the limit.
        if error and (own := _own_words(error)):
            sentence = f"{sentence}; the program's own error: {own}"
    return Explanation(sentence=sentence, details=details)


def _of_compiler(request: RunRequest, uncaught: Uncaught | None, stderr: str) -> Uncaught | None:
    """Return what a compiler says that failed, or that was at work when a limit ended the run."""
    first_error = LANGUAGES[request.language].diagnostics.first_error
    if first_error is None or uncaught is None:
        return None
    if uncaught.kind != COMPILER_FAILED:
        return uncaught if uncaught.kind == COMPILER_AT_WORK else None
    found = first_error(_shortened(stderr.split("\n", LINES_OF_A_COMPILER)))
    if found is None:
        return replace(uncaught, message="The program could not be compiled")
    return found


def _character(request: RunRequest, error: Uncaught) -> int | None:
    """Return the column as a number of characters, whatever the runtime counts."""
    unit = LANGUAGES[request.language].diagnostics.columns
    if error.line is None or error.column is None or unit is None:
        return error.column
    encoding, size = unit
    line = "".join(request.code.split("\n", error.line)[error.line - 1 : error.line])
    before = line.encode(encoding)[: size * (error.column - 1)]
    return len(before.decode(encoding, errors="ignore")) + 1


def _printed(
    request: RunRequest, verdict: Verdict, evidence: Evidence, stderr: str
) -> Uncaught | None:
    """Read the error at the end of stderr, if it goes with the way in which the program ended."""
    printed = LANGUAGES[request.language].diagnostics.last_error(_last_lines(stderr))
    if printed is None:
        return None
    if verdict is Verdict.OK:
        return printed if printed.kind in ASIDE else None
    if evidence.exit_code is None:  # a signal may have come after any other error
        return printed if printed.kind in CRASHES and verdict in BY_ITSELF else None
    fits = printed.facts.get("exit_code", evidence.exit_code) == evidence.exit_code
    return printed if fits and printed.kind != ABORT else None


def _with_stderr(uncaught: Uncaught | None, printed: Uncaught) -> Uncaught:
    """Add to the report what only the end of stderr has."""
    if uncaught is None:
        return printed
    if uncaught.kind in EXITS:
        # A program that calls exit may have printed a traceback before; that did not end it.
        return printed if printed.kind in EXITS and not uncaught.message else uncaught
    if printed.type != uncaught.type:
        return uncaught
    # A thrown value that is no error knows no place, but the runtime prints one.
    if uncaught.line is None:
        uncaught = replace(uncaught, line=printed.line, column=printed.column)
    # The runtime prints more than the error itself says: a name that may be meant, or a text that code of
    # the program makes.
    if printed.message.startswith(uncaught.message):
        uncaught = replace(uncaught, message=printed.message)
    return uncaught


def _details(error: Uncaught | None, hint: Hint | None) -> ErrorDetails | None:
    if error is None:
        return ErrorDetails(hint=hint.hint) if hint else None
    return ErrorDetails(
        type=_line(error.type, TYPE_CHARACTERS) or None,
        message=plain_text(error.message[:MESSAGE_CHARACTERS])[:MESSAGE_CHARACTERS] or None,
        line=error.line,
        column=error.column,
        hint=hint.hint if hint else None,
    )


def _sentence_of_an_error(error: Uncaught | None, hint: Hint | None, evidence: Evidence) -> str:
    """Describe which error ended the program, or how else it ended."""
    if evidence.signal is not None:
        said = _own_words(error) if error and error.kind == ABORT else ""
        return f"{_end(evidence)}: {said}" if said else _end(evidence)
    if hint and hint.sentence and error:
        return _with_place(hint.sentence, error)
    if error is None or error.kind in EXITS:
        said = _line(error.message) if error else ""
        return f"{_end(evidence)}: {said}" if said else _end(evidence)
    own = _own_words(error)
    if not own:  # an error may have neither a name nor a message
        return _end(evidence)
    return f"{_end(evidence)}; {own[0].lower()}{own[1:]}" if error.kind in ASIDE else own


def _own_words(error: Uncaught) -> str:
    """Describe an error in the runtime's own words, with its line; "" if it has none."""
    said = _named(error)
    if not said:
        return ""
    if error.kind in ASIDE:
        said = f"{ASIDE[error.kind]}: {said}"
    members = "; ".join(_related(one) for one in error.group[:RELATED_SHOWN])
    parts = [f": {members}" if members else ""]
    parts += [f"; {_line(note, RELATED_CHARACTERS)}" for note in error.notes[:1]]
    if error.cause and (error.cause.type, error.cause.message) != (error.type, error.message):
        parts.append(f"; its cause: {_related(error.cause)}")
    return _with_place(said + "".join(parts), error)


def _named(error: Uncaught) -> str:
    name, message = _line(error.type, TYPE_CHARACTERS), _line(error.message)
    if error.kind in EXITS:
        return message
    if name in THROWN:
        does = "A promise was rejected with" if error.kind == "rejection" else "The program threw"
        value = "" if name in WITHOUT_VALUE or not message else f": {message}"
        return f"{does} {THROWN[name]}{value}"
    return ": ".join(part for part in (name, message) if part)


def _related(error: Related) -> str:
    parts = (_line(error.type, TYPE_CHARACTERS), _line(error.message, RELATED_CHARACTERS))
    return ": ".join(part for part in parts if part)


def _with_place(said: str, error: Uncaught) -> str:
    if error.line is None or said.endswith((f"(line {error.line})", f"at line {error.line})")):
        return said
    return f"{said} (line {error.line})"


def _line(text: str, most: int = LINE_CHARACTERS) -> str:
    """Make a text of the program's one line of plain text, with an end."""
    plain = " ".join(plain_text(text[: 4 * most]).split())
    return plain if len(plain) <= most else f"{plain[:most]}…"


def _last_lines(stderr: str) -> list[str]:
    """Take the beginnings of the last lines. This bounds the work: the program writes what it likes."""
    return _shortened(stderr.rsplit("\n", LINES_READ)[-LINES_READ:])


def _shortened(lines: list[str]) -> list[str]:
    return [
        line if len(line) <= LINE_CHARACTERS else f"{line[:LINE_CHARACTERS]}…" for line in lines
    ]


def _end(evidence: Evidence) -> str:
    if evidence.signal is None:
        return f"The program ended with exit code {evidence.exit_code}"
    try:
        name = signal.Signals(evidence.signal).name
    except ValueError:
        name = "real-time signal"
    if name in SIGNALS:
        return f"The program {SIGNALS[name]} ({name})"
    return f"The program was ended by signal {evidence.signal} ({name})"


def _sentence_of_a_limit(request: RunRequest, verdict: Verdict, evidence: Evidence) -> str:
    if verdict is Verdict.OUTPUT_LIMIT_EXCEEDED and evidence.input_used_up and request.stdin:
        return _output_after_input(request.limits)
    return LIMIT_SENTENCES[verdict](evidence, request.limits)


def _sentence_of_a_compiler(request: RunRequest, verdict: Verdict, evidence: Evidence) -> str:
    """Describe a limit that was met before the program began."""
    limits = request.limits
    if verdict is Verdict.MEMORY_LIMIT_EXCEEDED:
        return f"Compiling your program needed more than {_size(limits.memory_bytes)} of memory"
    if verdict is Verdict.TIME_LIMIT_EXCEEDED and evidence.cpu_exhausted:
        return f"Compiling your program used up {_seconds(limits.cpu_seconds)} of CPU time"
    if verdict is Verdict.TIME_LIMIT_EXCEEDED:
        return f"Compiling your program took longer than {_seconds(limits.wall_seconds)}"
    return f"{_sentence_of_a_limit(request, verdict, evidence)}; it was still being compiled"


def _time(evidence: Evidence, limits: Limits) -> str:
    if evidence.cpu_exhausted and not evidence.deadline_passed:
        return f"Execution used up its {_seconds(limits.cpu_seconds)} of CPU time"
    if evidence.idle_passed:
        idle = _seconds(limits.idle_seconds)
        return f"Your program waited {idle} for input that did not come, so it was stopped"
    return f"Execution timed out after {_seconds(limits.wall_seconds)}"


def _memory(evidence: Evidence, limits: Limits) -> str:
    needed = f"more than {_size(limits.memory_bytes)} of memory"
    if evidence.oom_kills > 1:
        return f"Your program needed {needed}, so the kernel stopped {evidence.oom_kills} processes"
    if evidence.exit_code is None:
        return f"Your program needed {needed} and was stopped"
    return f"Your program's processes together needed {needed}, so one of them was stopped"


def _output(evidence: Evidence, limits: Limits) -> str:
    size = _size(limits.output_bytes)
    return f"Your program printed more than {size}; the first {size} of each stream are kept"


def _output_after_input(limits: Limits) -> str:
    size = _size(limits.output_bytes)
    return (
        f"Your program took all of its input and printed more than {size};"
        f" the first {size} of each stream are kept"
    )


def _processes(evidence: Evidence, limits: Limits) -> str:
    memory_too = f"; they used up the {_size(limits.memory_bytes)} of memory too"
    most = limits.processes
    of_them = "one process or thread" if most == 1 else f"{most} processes and threads"
    return (
        f"Your program tried to run more than {of_them} at once"
        f"{memory_too if evidence.oom_kills else ''}"
    )


def _disk(evidence: Evidence, limits: Limits) -> str:
    return (
        f"Your program wrote more than {_size(limits.disk_bytes)}, or more than"
        f" {limits.disk_files:,} files"
    )


def _cancelled(evidence: Evidence, limits: Limits) -> str:
    return "Execution was stopped on request"


def _internal(evidence: Evidence, limits: Limits) -> str:
    return "The sandbox failed; this is our fault, not your program's"


LIMIT_SENTENCES: dict[Verdict, Callable[[Evidence, Limits], str]] = {
    Verdict.TIME_LIMIT_EXCEEDED: _time,
    Verdict.MEMORY_LIMIT_EXCEEDED: _memory,
    Verdict.OUTPUT_LIMIT_EXCEEDED: _output,
    Verdict.PROCESS_LIMIT_EXCEEDED: _processes,
    Verdict.DISK_LIMIT_EXCEEDED: _disk,
    Verdict.CANCELLED: _cancelled,
    Verdict.INTERNAL_ERROR: _internal,
}


def _seconds(value: float) -> str:
    return f"{value:g} second{'' if value == 1 else 's'}"


def _size(value: int) -> str:
    """Format a limit exactly, since a request may choose any."""
    for unit, name in ((MiB, "MiB"), (KiB, "KiB")):
        if value % unit == 0:
            return f"{value // unit} {name}"
    return f"{value:,} byte{'' if value == 1 else 's'}"
