"""Makes what a person reads: stderr without our runner's frames, and one sentence on how the run ended.

The verdict decides the sentence. The program can write what it likes to stderr, so stderr only helps to
describe the program's own errors. Each language's `diagnostics.py` has their form. Work is linear in the
size of stderr, so that no output holds up the process.
"""

import signal
from collections.abc import Callable

from .languages.diagnostics import DISK_FULL, NO_LOOPBACK, NO_NETWORK, Advice, advice
from .languages.language import Language
from .limits import KiB, Limits, MiB
from .runs import Usage
from .sandbox.output import TERMINAL_SEQUENCE
from .verdicts import Evidence, Verdict

LINES_READ = 100
"""Lines read at the end of stderr: enough for an error and its traceback through a library or two."""
LINE_CHARACTERS = 400
"""Characters read of each of those lines, and shown of an error. More would not be one sentence."""


def clean_stderr(language: Language, text: str) -> str:
    """Remove terminal sequences, and the frames of our runner and of the runtime's own loader."""
    text = TERMINAL_SEQUENCE.sub("", text)
    for pattern, replacement in language.diagnostics.runner_frames:
        text = pattern.sub(replacement, text)
    return text


def explain(
    language: Language,
    verdict: Verdict,
    evidence: Evidence,
    usage: Usage,
    limits: Limits,
    stderr: str,
) -> str | None:
    """Write one sentence that names the limit, the use and the allowance; None if the verdict is ok."""
    if verdict is Verdict.OK:
        return None
    lines, words = _last_lines(stderr), language.diagnostics
    own = words.own_error(lines)
    own_error = f"{own[1]} (line {own[0]})" if own else None
    if verdict is Verdict.RUNTIME_ERROR:
        refused = words.advice_on_refused_calls if evidence.calls_refused else ()
        return _advice((*refused, *words.advice, *ADVICE), lines) or own_error or _end(evidence)
    sentence = LIMIT_SENTENCES[verdict](evidence, usage, limits)
    # A program that ended by itself may have failed for a reason other than the limit.
    if own_error and evidence.exit_code is not None:
        return f"{sentence}; the program's own error: {own_error}"
    return sentence


def _time(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    if evidence.cpu_exhausted:
        return f"Execution used up its {_seconds(limits.cpu_seconds)} of CPU time"
    return f"Execution timed out after {_seconds(limits.wall_seconds)}"


def _memory(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    sentence = f"Your program needed more than {_size(limits.memory_bytes)} of memory"
    if evidence.oom_kills == 1:
        return f"{sentence} and was stopped"
    return f"{sentence}, so the kernel stopped {evidence.oom_kills} processes"


def _output(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    size = _size(limits.output_bytes)
    return f"Your program printed more than {size}; the first {size} of each stream are kept"


def _processes(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    memory_too = f"; they used up the {_size(limits.memory_bytes)} of memory too"
    return (
        f"Your program tried to run more than {limits.processes} processes and threads at once"
        f"{memory_too if evidence.oom_kills else ''}"
    )


def _disk(evidence: Evidence, usage: Usage, limits: Limits) -> str:
    return (
        f"Your program wrote more than {_size(limits.disk_bytes)}, or more than"
        f" {limits.disk_files:,} files"
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

ADVICE = advice(
    (r"No space left on device", DISK_FULL),
    (
        r"Temporary failure in name resolution|Network is unreachable|Name or service not known",
        NO_NETWORK,
    ),
    (r"Address family not supported by protocol", NO_LOOPBACK),
)
"""The C library's error messages, which programs in all languages show."""


def _last_lines(stderr: str) -> list[str]:
    """Take the beginnings of the last lines. This bounds the work: the program writes what it likes."""
    lines = stderr.rsplit("\n", LINES_READ)[-LINES_READ:]
    return [
        line if len(line) <= LINE_CHARACTERS else f"{line[:LINE_CHARACTERS]}…" for line in lines
    ]


def _advice(known: tuple[Advice, ...], lines: list[str]) -> str | None:
    """Find the first sentence whose pattern fits a line."""
    for pattern, sentence in known:
        for line in reversed(lines):
            if found := pattern.search(line):
                return sentence.format(*(group for group in found.groups() if group))
    return None


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
