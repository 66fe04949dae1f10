"""One entry of a hints.toml, and whether it fits the end of a run (hints.py has the conditions)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import re2

from ..languages import LANGUAGES
from ..runs import RunRequest
from ..sandbox.output import plain_text
from ..uncaught import EXITS, Uncaught
from ..verdicts import Evidence, Verdict

CODE_CHARACTERS = 200
PROGRAM_CHARACTERS = 64 * 1024
LINE_CHARACTERS = 400
OUTPUT_CHARACTERS = 200
VALUE_CHARACTERS = 80
"""How much of a value a sentence repeats."""
PLACEHOLDER = re.compile(r"\{(\d+|line|language|facts\.\w+)\}")
BY_ITSELF = frozenset({Verdict.OK, Verdict.RUNTIME_ERROR, Verdict.COMPILE_ERROR})
"""Verdicts of runs that no limit ended."""
SUCCESS: Mapping[str, int | None] = {"exit_code": 0, "signal": None}
"""What the evidence of every run says whose verdict is ok."""
COUNTS = ("oom_kills", "pids_refusals", "processes_at_end", "calls_refused")


class Pattern(Protocol):
    """A pattern of RE2, which has no types of its own."""

    groups: int

    def search(self, text: str) -> re.Match[str] | None: ...

    def finditer(self, text: str) -> Iterator[re.Match[str]]: ...


GIVEN_TEXT: Pattern = re2.compile(
    r"([A-Za-z_$][\w$]{0,40})\s{0,20}\(\s{0,20}"
    r"""(?:'((?:[^'\\\n]|\\.){1,200})'|"((?:[^"\\\n]|\\.){1,200})"|`((?:[^`\\$]|\\.){1,200})`)"""
)
"""A text that a program gives to a function first, and the function's name."""
PRINTS = frozenset({"debug", "error", "info", "log", "print", "warn", "write"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """An entry that fits an error, with its values filled in. Its texts are plain."""

    name: str
    sentence: str | None
    """What happened, in place of the error's own words."""
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
    asked: bool = False
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
    shared: bool = True

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

    def may_fit(self, verdict: Verdict, *, has_error: bool) -> bool:
        """Return whether it may fit an end with this verdict, with or without an uncaught error."""
        if self.needs_error and not has_error:
            return False
        if verdict is Verdict.OK and any(
            name in self.evidence and value not in self.evidence[name]
            for name, value in SUCCESS.items()
        ):
            return False
        return verdict in ({self.verdict} if self.verdict else BY_ITSELF)

    def _fits(self, end: "End") -> bool:
        error = end.uncaught
        return (
            self.may_fit(end.verdict, has_error=error is not None)
            and all(end.fact(name) in one for name, one in self.evidence.items())
            and (not self.code or bool(self.code.search(end.beginning)))
            and (not self.program or bool(self.program.search(end.program)))
            and (not self.output or bool(self.output.search(end.output)))
            and (not self.asked or _ends_with_a_question(end.output, end.program))
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
        """What a program prints as it exits is its own text: no phrase in it has a meaning."""
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
        values["language"] = end.language
        if error := end.uncaught:
            values |= {f"facts.{name}": _shown(str(fact)) for name, fact in error.facts.items()}
            values |= {"line": str(error.line)} if error.line else {}
        return values


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How a run ended, as far as hints look at it. Its texts are bounded, and RE2 can read them."""

    language: str
    """The label of the program's language."""
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
            language=LANGUAGES[request.language].label,
            uncaught=uncaught,
            verdict=verdict,
            evidence=evidence,
            input_given=bool(request.stdin) or request.interactive,
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


def _cause_of(error: Uncaught) -> str:
    return _encodable(f"{error.cause.type}: {error.cause.message}") if error.cause else ""


def _ends_with_a_question(output: str, program: str) -> bool:
    """Whether the output ends with a text that the program gives to a function that does not print."""
    printed = output.rstrip()
    for found in GIVEN_TEXT.finditer(program):
        name, *forms = found.groups()
        text = next(filter(None, forms)).removesuffix(r"\n").strip()
        if text and name not in PRINTS and printed.endswith(text):
            return True
    return False


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
    if not number:
        return ""
    lines = code.split("\n", number)
    line = lines[number - 1] if number <= len(lines) else ""
    return line[:LINE_CHARACTERS]


def _encodable(text: str) -> str:
    """Replace lone surrogates, which RE2 cannot read."""
    return text.encode(errors="replace").decode()
