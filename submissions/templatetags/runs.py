"""Template tags for a run: its first line, the facts behind its verdict, and its stored values."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from signal import Signals
from typing import Any

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from executor import LANGUAGES, default_limits, layer_behind, limits_of, plain_text, size_of

from ..lifecycle.columns import choice_of_row
from ..lifecycle.models import Submission, Verdict
from ..serializers.sessions import session_of

register = template.Library()

FIRST_LINE_CHARACTERS = 120
"""More than any column shows."""
SEARCHED_CHARACTERS = 10_000
"""How far a list looks for that line."""
_UNTELLING = re.compile(
    r"\s*(#|//|/?\*|import\b|from\s+\S+\s+import\b|['\"]use strict|\"{3}|'{3}|$)"
)
"""The start of a line that tells little about a program: a comment, an import, nothing."""

_LINE = re.compile(r"\(line (\d{1,4})\)")
"""Where the sentence about an error names a line of the program (executor/explanation/diagnostics.py)."""

_QUOTED = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_SYNTAX = re.compile(r"(?:Syntax|Indentation|Tab)Error\b")
_DRAWN = re.compile(r"\r(?!\n)|[\b\x1b\x9b]")

OWNERS = (
    "id",
    "created",
    "started",
    "finished",
    "status",
    "verdict",
    "exit_code",
    "signal",
    "truncated",
    "wall_ms",
    "cpu_ms",
    "memory_peak_bytes",
    "limits",
    "evidence",
    "experiment",
    "ablation",
    "outcome",
    "finding",
    "via",
    "image",
    "isolation",
    "lane",
    "sandbox",
    "run_number",
    "outputs",
    "files_in",
    "files_out",
    "files_left_out",
    "session",
    "session_end",
)
STAFFS = (
    *OWNERS,
    "user_id",
    "username",
    "client_address",
    "user_agent",
    "token_key",
    "warm",
    "worker",
    "attempt",
    "held_until",
    "erased",
    "seal_pending",
)
"""Staff see who sent a run, and where it ran. A stranger with a share link sees no stored values."""


@register.filter
def first_line(code: str) -> str:
    """Return the first line of a program that is neither a comment nor an import, as inert text."""
    lines = [line for line in code[:SEARCHED_CHARACTERS].splitlines() if line.strip()]
    telling = (line for line in lines if not _UNTELLING.match(line))
    found = next(telling, lines[0] if lines else "")
    return plain_text(found.strip()[:FIRST_LINE_CHARACTERS])


@register.filter
def session_left(submission: Submission) -> dict[str, Any] | None:
    """Return what a run has left to its session, as inert text; None if it has none."""
    return session_of(submission)


@register.filter
def result_label(submission: Submission) -> str:
    """Name how a run ended, as report.js does in the playground."""
    if submission.verdict in (Verdict.COMPILE_ERROR, Verdict.RUNTIME_ERROR):
        if _SYNTAX.match(submission.error):
            return "Syntax error"
        if submission.error.startswith("The program ended with exit code"):
            return f"Exit code {submission.exit_code}"
    return submission.get_verdict_display()


@register.filter
def line_at_fault(submission: Submission) -> int:
    """Return the number of the program's line where the error is; 0 if none is known."""
    if details := submission.error_details:
        return details.get("line") or 0
    found = _LINE.search(submission.error[-FIRST_LINE_CHARACTERS:])  # a run of an earlier version
    return int(found[1]) if found else 0


@register.filter
def linked(text: str, submission: Submission) -> SafeString:
    """Make the last "(line N)" of a text a link to that line of the program on the same page."""
    number = line_at_fault(submission)
    before, place, after = text.rpartition(f"line {number})")
    if not place or not 1 <= number <= submission.code.count("\n") + 1:
        return escape(text)
    link = format_html('<a href="#line-{0}">line {0}</a>)', number)
    return mark_safe(escape(before) + link + escape(after))  # noqa: S308 - escaped


@register.filter
def with_code(text: str) -> SafeString:
    """Show what stands between backquotes as code, as playground.js does."""
    return mark_safe(_QUOTED.sub(r"<code>\1</code>", escape(text)))  # noqa: S308 - escaped


@register.filter
def aside(submission: Submission) -> str:
    """Tell an error that did not end the program, as one in a thread; empty if there was none."""
    details = submission.error_details or {}
    if submission.verdict != Verdict.OK or not details.get("type"):
        return ""
    said = ": ".join(part for part in (details["type"], details["message"]) if part)
    place = f" (line {details['line']})" if details["line"] else ""
    what = (
        "A warning" if details["type"].endswith("Warning") else "An error did not end the program"
    )
    return f"{what}: {' '.join(said.split())}{place}"


@register.filter
def layer_of(verdict: str) -> str:
    """Return the slug of the layer that stopped a run; empty if none did."""
    layer = layer_behind(verdict)
    return layer.slug if layer else ""


@register.filter
def lower_limits(submission: Submission) -> str:
    """List the limits that are lower than the language's, for a sentence; empty if none is."""
    language = LANGUAGES.get(submission.language)
    own = asdict(limits_of(language) if language else default_limits())
    stored = submission.limits
    return ", ".join(
        words(stored[name])
        for name, words in _LOWER.items()
        if name in stored and stored[name] < own[name]
    )


@register.filter
def limits_field(submission: Submission) -> str:
    """Return the lower limits of a run as the playground's form takes them; empty if it has none."""
    choice = choice_of_row(submission)
    return json.dumps(choice) if choice else ""


_LOWER: dict[str, Callable[[Any], str]] = {
    "wall_seconds": lambda value: f"{value:g} s",
    "cpu_seconds": lambda value: f"{value:g} s of CPU time",
    "memory_bytes": lambda value: f"{size_of(value)} of memory",
    "processes": lambda value: f"{value} process{'' if value == 1 else 'es'}",
    "output_bytes": lambda value: f"{size_of(value)} of output",
}


@register.filter
def is_drawn(output: str) -> bool:
    """Return whether output has colours, or lines that overwrite themselves."""
    return _DRAWN.search(output) is not None


@register.filter
def facts(submission: Submission) -> list[str]:
    """Return what the sandbox reported, one sentence a fact, without what is as usual."""
    evidence = submission.evidence or {}
    found = [_end_of(submission)] if _end_of(submission) else []
    found += [sentence for name, sentence in _EVENTS.items() if evidence.get(name)]
    found += [
        sentence.format(count=count, s="" if count == 1 else many)
        for name, (sentence, many) in _COUNTS.items()
        if (count := int(evidence.get(name) or 0))
    ]
    if submission.truncated:
        found.append("Output beyond the limit was dropped.")
    if evidence and not evidence.get("reported", True):
        found.append("The sandbox ended before it could report what it used.")
    return found


_EVENTS = {
    "cancelled": "It was stopped on request.",
    "deadline_passed": "Its time was up.",
    "cpu_exhausted": "Its CPU time was used up.",
    "output_exceeded": "It printed more than the output limit.",
    "disk_full": "A directory that it could write to was full.",
}
_COUNTS = {
    "oom_kills": ("The kernel killed {count} process{s} for memory.", "es"),
    "pids_refusals": ("The kernel refused a new process or thread {count} time{s}.", "s"),
    "calls_refused": ("The sandbox refused {count} system call{s} over the allowed number.", "s"),
}


def _end_of(submission: Submission) -> str:
    if submission.signal is not None:
        return f"Signal {_name_of(submission.signal)} ended it."
    return "" if submission.exit_code is None else f"Exit code {submission.exit_code}."


def _name_of(number: int) -> str:
    try:
        return f"{number} ({Signals(number).name})"
    except ValueError:  # a real-time signal
        return str(number)


@register.filter
def stored(submission: Submission, reader: str) -> list[tuple[str, str]]:
    """Return names and values of the columns for "owner" or "staff", without those that are empty."""
    names = STAFFS if reader == "staff" else OWNERS
    values = [(name, getattr(submission, name)) for name in names]
    return [(name, _shown(value)) for name, value in values if value not in (None, "", {}, [])]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"
    if isinstance(value, dict | list):
        return plain_text(json.dumps(value, indent=1, ensure_ascii=False))
    return plain_text(str(value))
