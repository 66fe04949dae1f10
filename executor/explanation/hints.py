"""Hints: what an error usually means in a sandbox, and what to do about it.

    executor/explanation/hints.toml   hints for programs in every language
    executor/languages/*/hints.toml   a language's own, which come first, and then those of the language
                                      whose runtime it uses, except entries with `shared = false`, or all
                                      of the language that it extends

The first entry that fits counts. An entry fits if all the conditions that it names hold:

    type      the error's type is one of these
    message   a pattern, searched in the error's message
    facts     attributes of the error, such as errno, have these values (or one of a list)
    line      a pattern, searched in the program's line where the error is
    cause     a pattern, searched in the type and message of the error's cause
    type_in_line  if true: this line names the error's type
    code      a pattern, searched in the first 200 characters of the program
    program   a pattern, searched in the program's first 64 Ki characters
    phase     compile or run
    kind      the kind of report (executor/uncaught.py); without it, no exit, unless `type` is there
    verdict   the run's verdict; without it, the run ended by itself
    evidence  facts about the run have these values: the fields of Evidence, input_used_up and input_given
    output    a pattern, searched in the last 200 characters of stdout
    asked     if true: stdout ends with a text that the program gives to a function that does not print

Its `sentence`, if it has one, replaces the error's own words (never those of a limit), and its `hint` is
the second sentence. Both may name {0}, {1} (what the groups of `message` found), {line}, {facts.name} and
{language}, the label of the program's language; the entry fits only if all these are known. `example` is
a program that ends with the hint, with `stdin`, with `limits` where its run would take long, and in the
general file with `language`.

A program chooses its error's message, so patterns are RE2's, which takes linear time.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import re2

from ..languages import DEFAULT_LANGUAGE, LANGUAGES
from ..limits import Limits
from ..runs import RunRequest
from ..uncaught import Uncaught
from ..verdicts import Evidence, Verdict
from .entry import BY_ITSELF, PLACEHOLDER, End, Entry, Hint, Pattern

HERE = Path(__file__).parent
GENERAL = HERE / "hints.toml"
ANY_BRACES = re.compile(r"\{[\w.]+\}")
PHASES = ("compile", "run")
PATTERNS = ("message", "line", "cause", "code", "program", "output")
SWITCHES = ("type_in_line", "shared", "asked")
FACTS_OF_A_RUN = {one.name for one in fields(Evidence)} | {"input_used_up", "input_given"}


class HintError(Exception):
    """An entry of a hints.toml is wrong."""


def read(text: str, source: str, language: str = "") -> tuple[Entry, ...]:
    """Read and check a hints.toml; `source` is its name in errors. Raises HintError.

    Without `language` it is the general file, whose examples may be in any language.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HintError(f"{source}: {error}") from error
    if unknown := table.keys() - {"hint"}:
        raise HintError(f"{source}: unknown keys {sorted(unknown)}")
    entries: dict[str, Entry] = {}
    for at, row in enumerate(table.get("hint", []), start=1):
        name = row.get("name")
        try:
            entry = _entry(row, language)
        except (TypeError, ValueError) as error:
            raise HintError(f"{source}: {name or f'entry {at}'}: {error}") from error
        if entry.name in entries:
            raise HintError(f"{source}: {entry.name}: the name stands there twice")
        entries[entry.name] = entry
    return tuple(entries.values())


def _entry(row: Mapping[str, Any], language: str) -> Entry:
    """Check an entry. Raises TypeError or ValueError."""
    known = {one.name for one in fields(Entry)}
    if unknown := row.keys() - known:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    texts = known - {"type", "facts", "evidence", "limits", *SWITCHES}
    if wrong := sorted(name for name in texts & row.keys() if not _is_text(row[name])):
        raise ValueError(f"{wrong} must be texts, not empty")
    if missing := sorted({"name", "hint", "example"} - row.keys()):
        raise ValueError(f"{missing} are missing")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["name"]):
        raise ValueError("a name has lower-case letters, digits and hyphens")
    checked = {
        **row,
        "type": _types(row.get("type", [])),
        "facts": dict(_facts("facts", row.get("facts", {}))),
        "evidence": dict(_facts("evidence", row.get("evidence", {}))),
        "verdict": Verdict(row["verdict"]) if "verdict" in row else None,
        "language": _language(row, language),
        **{name: _pattern(name, row[name]) for name in PATTERNS if name in row},
    }
    if wrong := [name for name in SWITCHES if not isinstance(row.get(name, False), bool)]:
        raise TypeError(f"{wrong[0]} is true or false")
    if checked.get("phase", "run") not in PHASES:
        raise ValueError(f"phase is one of {PHASES}")
    entry = Entry(**checked)
    _check_conditions(entry)
    _check_placeholders(entry)
    return entry


def _check_conditions(entry: Entry) -> None:
    texts = (entry.code, entry.program, entry.output)
    if not (entry.needs_error or any(texts) or entry.verdict or entry.evidence):
        raise ValueError("it has no condition")
    if entry.sentence and entry.verdict not in (None, *BY_ITSELF):
        raise ValueError("a limit's own sentence stays")
    if unknown := entry.evidence.keys() - FACTS_OF_A_RUN:
        raise ValueError(f"evidence: there is no {sorted(unknown)}")
    if unknown := entry.limits.keys() - {one.name for one in fields(Limits)}:
        raise ValueError(f"limits: there is no {sorted(unknown)}")


def _check_placeholders(entry: Entry) -> None:
    groups = entry.message.groups if entry.message else 0
    for name in ANY_BRACES.findall(entry.sentence + entry.hint):
        if not PLACEHOLDER.fullmatch(name):
            raise ValueError(f"{name} names nothing")
    for name in entry.placeholders:
        if name.isdigit() and int(name) >= groups:
            raise ValueError(f"{{{name}}}: the message's pattern has {groups} groups")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _types(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(map(_is_text, value)):
        raise ValueError("type is a list of names")
    return tuple(value)


def _facts(table: str, value: object) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    if not isinstance(value, dict):
        raise TypeError(f"{table} is a table")
    for name, allowed in value.items():
        several = allowed if isinstance(allowed, list) else [allowed]
        if not all(isinstance(one, str | int) for one in several):
            raise ValueError(f"{table}: {name} is a text or an integer, or a list of such")
        yield name, tuple(several)


def _language(row: Mapping[str, Any], language: str) -> str:
    if language and "language" in row:
        raise ValueError("the folder says the language")
    chosen = language or row.get("language", DEFAULT_LANGUAGE)
    if chosen not in LANGUAGES:
        raise ValueError(f"language: there is no {chosen!r}")
    return str(chosen)


def _pattern(name: str, pattern: str) -> Pattern:
    options = re2.Options()
    options.log_errors = False  # they are raised
    try:
        compiled: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0]
        shown = reason.decode() if isinstance(reason, bytes) else reason
        raise ValueError(f"{name}: RE2 refuses the pattern: {shown}") from error
    return compiled


def load() -> dict[str, tuple[Entry, ...]]:
    """Load the hints of each language that has some, and the general ones under "". Raises HintError."""
    found = {"": read(GENERAL.read_text(), GENERAL.name)}
    for slug, language in LANGUAGES.items():
        file = HERE.parent / "languages" / language.folder / "hints.toml"
        if file.exists():
            found[slug] = read(file.read_text(), f"{slug}/{file.name}", slug)
    names = [entry.name for entries in found.values() for entry in entries]
    if twice := {name for name in names if names.count(name) > 1}:
        raise HintError(f"names in two files: {sorted(twice)}")
    return found


HINTS = load()


def find(
    request: RunRequest,
    uncaught: Uncaught | None,
    verdict: Verdict,
    evidence: Evidence,
    stdout: str = "",
) -> Hint | None:
    """Find the first hint that fits: the language's own, its runtime's, then the general ones."""
    end = End.of(request, uncaught, verdict, evidence, stdout)
    candidates = _candidates(request.language, verdict, has_error=uncaught is not None)
    return next(filter(None, (entry.about(end) for entry in candidates)), None)


@cache
def _candidates(language: str, verdict: Verdict, *, has_error: bool) -> tuple[Entry, ...]:
    """Return the entries that may fit such an end, in their order. For most ends, these are few."""
    return tuple(
        entry for entry in _entries(language) if entry.may_fit(verdict, has_error=has_error)
    )


def _entries(language: str) -> Iterator[Entry]:
    yield from HINTS.get(language, ())
    if other := LANGUAGES[language].hints_of:
        yield from (
            entry for entry in HINTS.get(other, ()) if entry.shared or LANGUAGES[language].extends
        )
    yield from HINTS[""]
