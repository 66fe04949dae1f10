"""Hints: what an error usually means in a sandbox, and what to do about it.

    executor/explanation/hints.toml   hints for programs in every language
    executor/languages/*/hints.toml   a language's own, which come first

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

Its `sentence`, if it has one, replaces the error's own words (never those of a limit), and its `hint` is
the second sentence. Both may name {0}, {1} (what the groups of `message` found), {line} and {facts.name};
the entry fits only if all these are known. `example` is a program that ends with the hint, with `stdin`,
with `limits` where its run would take long, and in the general file with `language`.

A program chooses its error's message, so patterns are RE2's, which takes linear time.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol

import re2

from ..languages import DEFAULT_LANGUAGE, LANGUAGES
from ..limits import Limits
from ..runs import RunRequest
from ..sandbox.output import plain_text
from ..uncaught import EXITS, Uncaught
from ..verdicts import Evidence, Verdict

HERE = Path(__file__).parent
GENERAL = HERE / "hints.toml"
CODE_CHARACTERS = 200
PROGRAM_CHARACTERS = 64 * 1024
LINE_CHARACTERS = 400
OUTPUT_CHARACTERS = 200
VALUE_CHARACTERS = 80
"""How much of a value a sentence repeats."""
PLACEHOLDER = re.compile(r"\{(\d+|line|facts\.\w+)\}")
ANY_BRACES = re.compile(r"\{[\w.]+\}")
BY_ITSELF = frozenset({Verdict.OK, Verdict.RUNTIME_ERROR, Verdict.COMPILE_ERROR})
"""Verdicts of runs that no limit ended."""
PHASES = ("compile", "run")
PATTERNS = ("message", "line", "cause", "code", "program", "output")
COUNTS = ("oom_kills", "pids_refusals", "processes_at_end", "calls_refused")
FACTS_OF_A_RUN = {one.name for one in fields(Evidence)} | {"input_used_up", "input_given"}


class Pattern(Protocol):
    """A pattern of RE2, which has no types of its own."""

    groups: int

    def search(self, text: str) -> re.Match[str] | None: ...


class HintError(Exception):
    """An entry of a hints.toml is wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """An entry that fits an error, with its values filled in. Its texts are plain."""

    name: str
    sentence: str | None
    """Says what happened, instead of the error's own words."""
    hint: str
    """What the error usually means, and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a hints.toml. None, or empty: no condition."""

    name: str
    type: tuple[str, ...] = ()
    message: Pattern | None = None
    facts: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    line: Pattern | None = None
    cause: Pattern | None = None
    type_in_line: bool = False
    code: Pattern | None = None
    program: Pattern | None = None
    output: Pattern | None = None
    phase: str = ""
    kind: str = ""
    verdict: Verdict | None = None
    evidence: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    sentence: str = ""
    hint: str
    example: str
    stdin: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    language: str

    def about(self, end: "End") -> Hint | None:
        """Return the hint with its values, if the entry fits."""
        values = self._values(end) if self._fits(end) else None
        if values is None or not values.keys() >= set(self.placeholders):
            return None
        return Hint(
            name=self.name,
            sentence=_filled(self.sentence, values) if self.sentence else None,
            hint=_filled(self.hint, values),
        )

    @property
    def placeholders(self) -> list[str]:
        """The names in braces in its texts."""
        return PLACEHOLDER.findall(self.sentence + self.hint)

    @property
    def needs_error(self) -> bool:
        texts = (self.message, self.line, self.cause)
        return bool(self.type or any(texts) or self.facts or self.phase or self.kind)

    def _fits(self, end: "End") -> bool:
        error = end.uncaught
        if error is None and self.needs_error:
            return False
        return (
            end.verdict in ({self.verdict} if self.verdict else BY_ITSELF)
            and all(end.fact(name) in one for name, one in self.evidence.items())
            and (not self.code or bool(self.code.search(end.beginning)))
            and (not self.program or bool(self.program.search(end.program)))
            and (not self.output or bool(self.output.search(end.output)))
            and (error is None or self._fits_error(error, end.line))
        )

    def _fits_error(self, error: Uncaught, line: str) -> bool:
        return (
            (not self.type or error.type in self.type)
            and self.phase in ("", error.phase)
            and (error.kind == self.kind or (not self.kind and self._may_be_about(error)))
            and all(error.facts.get(name) in one for name, one in self.facts.items())
            and (not self.line or bool(self.line.search(line)))
            and (not self.cause or bool(self.cause.search(_cause_of(error))))
            and (not self.type_in_line or _names(line, error.type))
        )

    def _may_be_about(self, error: Uncaught) -> bool:
        """What a program says as it exits is its own text: no phrase in it has a meaning."""
        return error.kind not in EXITS or bool(self.type)

    def _values(self, end: "End") -> dict[str, str] | None:
        """Return what the texts may name; None if the message does not fit."""
        groups: Iterable[str | None] = ()
        if self.message:
            found = self.message.search(end.message)
            if not found:
                return None
            groups = found.groups()
        # Groups that took no part are left out, so that {0} is that of whichever alternative fits.
        taken = [group for group in groups if group is not None]
        values = {str(at): _shown(group) for at, group in enumerate(taken)}
        if error := end.uncaught:
            values |= {f"facts.{name}": _shown(str(fact)) for name, fact in error.facts.items()}
            values |= {"line": str(error.line)} if error.line else {}
        return values


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How a run ended, as far as hints look at it. Its texts are bounded, and RE2 can read them."""

    uncaught: Uncaught | None
    verdict: Verdict
    evidence: Evidence
    input_given: bool
    message: str
    line: str
    beginning: str
    program: str
    output: str

    @classmethod
    def of(
        cls,
        request: RunRequest,
        uncaught: Uncaught | None,
        verdict: Verdict,
        evidence: Evidence,
        stdout: str = "",
    ) -> "End":
        """Prepare the texts once for all entries."""
        code = request.code
        return cls(
            uncaught=uncaught,
            verdict=verdict,
            evidence=evidence,
            input_given=bool(request.stdin),
            message=_encodable(uncaught.message if uncaught else ""),
            line=_encodable(_line_of(code, uncaught.line if uncaught else None)),
            beginning=_encodable(code[:PROGRAM_CHARACTERS].lstrip()[:CODE_CHARACTERS]),
            program=_encodable(code[:PROGRAM_CHARACTERS]),
            output=_encodable(stdout[-OUTPUT_CHARACTERS:]),
        )

    def fact(self, name: str) -> str | int | None:
        """Return a fact about the run; of a count, whether it is above zero."""
        if name == "input_given":
            return self.input_given
        value: int | None = getattr(self.evidence, name)
        return bool(value) if name in COUNTS else value


def find(
    request: RunRequest,
    uncaught: Uncaught | None,
    verdict: Verdict,
    evidence: Evidence,
    stdout: str = "",
) -> Hint | None:
    """Find the first hint that fits: the language's own, then the general ones."""
    end = End.of(request, uncaught, verdict, evidence, stdout)
    found = (entry.about(end) for entry in (*HINTS.get(request.language, ()), *HINTS[""]))
    return next(filter(None, found), None)


def _cause_of(error: Uncaught) -> str:
    return _encodable(f"{error.cause.type}: {error.cause.message}") if error.cause else ""


def _names(line: str, error_type: str) -> bool:
    """Whether a line has the last part of a type's name: a module's name may be left out."""
    return error_type.rpartition(".")[2] in re.findall(r"\w+", line)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _shown(value: str) -> str:
    """Make a value of the program's one short line of plain text."""
    plain = " ".join(plain_text(value[: 4 * VALUE_CHARACTERS]).split())
    return plain if len(plain) <= VALUE_CHARACTERS else f"{plain[:VALUE_CHARACTERS]}…"


def _line_of(code: str, number: int | None) -> str:
    lines = code.split("\n", number or 0)
    line = lines[number - 1] if number and number <= len(lines) else ""
    return line[:LINE_CHARACTERS]


def _encodable(text: str) -> str:
    """Replace lone surrogates, which RE2 cannot read."""
    return text.encode(errors="replace").decode()


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
    texts = known - {"type", "facts", "evidence", "limits", "type_in_line"}
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
    if not isinstance(row.get("type_in_line", False), bool):
        raise TypeError("type_in_line is true or false")
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
    for slug in LANGUAGES:
        file = HERE.parent / "languages" / slug / "hints.toml"
        if file.exists():
            found[slug] = read(file.read_text(), f"{slug}/{file.name}", slug)
    names = [entry.name for entries in found.values() for entry in entries]
    if twice := {name for name in names if names.count(name) > 1}:
        raise HintError(f"names in two files: {sorted(twice)}")
    return found


HINTS = load()
