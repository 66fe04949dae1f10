"""Reads the runner's report of the error that ended a program.

The program runs in the same process as the runner, so it can write such a report itself, or anything
else. So this comes from the program itself, like its stderr: it may shape words, and is never
evidence of a limit. All work is bounded by the report's size.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

REPORT_BYTES = 4096
"""The longest report, its newline included."""
TYPE_CHARACTERS = 100
MESSAGE_CHARACTERS = 500
TEXT_CHARACTERS = 200
"""The longest of the other texts."""
FACTS, NOTES, MEMBERS = 8, 3, 5
"""The most that a report has of each."""
PLACE_MOST = 10_000_000
"""Beyond every line and column: a program has at most 1 MiB."""
DIGITS = 18
"""Of the longest number."""
KIND = re.compile(r"[a-z_]{1,32}")
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that no PostgreSQL text can hold, and halves of characters."""
EXITS = frozenset(("exit", "usage"))
"""Kinds of reports whose message is the text that the program itself prints as it exits."""
COMPILER_FAILED, COMPILER_AT_WORK = "compiler", "compiling"
"""Kinds of reports of a runner that compiles: that the compiler has failed, and that it was at work when
a limit ended the run."""
PHASES = ("compile", "run")
KEYS = frozenset(
    ("phase", "kind", "type", "message", "line", "column", "facts", "notes", "cause", "group")
)
RELATED_KEYS = frozenset(("type", "message", "line"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """An error beside the one that ended the program: its cause, or a member of its group."""

    type: str
    message: str
    line: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncaught:
    """The error that ended a program, as the runtime knows it."""

    phase: Literal["compile", "run"]
    """Whether the program could not be compiled, so that none of it ran."""
    kind: str
    """How it came: "exception", "exit", "thread", "unraisable", "rejection", "unsettled", …"""
    type: str
    """The name as the runtime shows it; for a thrown value that is no error, its type."""
    message: str
    line: int | None = None
    """Of the innermost frame in the program's own file; from 1."""
    column: int | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)
    """Attributes of the error, such as the errno, or the name of the module that is missing."""
    notes: tuple[str, ...] = ()
    cause: Related | None = None
    group: tuple[Related, ...] = ()


class _Invalid(ValueError):
    """The report breaks a rule."""


def parse(data: bytes) -> Uncaught | None:
    """Read one report: a line of JSON. None for anything else; never raises."""
    if len(data) > REPORT_BYTES or data.find(b"\n") != len(data) - 1:
        return None
    try:
        return _uncaught(
            json.loads(
                data.decode(),
                object_pairs_hook=_without_repetition,
                parse_int=_integer,
                parse_float=_refuse,
                parse_constant=_refuse,
            )
        )
    except (ValueError, RecursionError):
        return None


def _uncaught(found: Any) -> Uncaught:
    fields = _object(found, KEYS)
    if fields["phase"] not in PHASES:
        raise _Invalid("phase")
    kind = fields["kind"]
    if not isinstance(kind, str) or not KIND.fullmatch(kind):
        raise _Invalid("kind")
    cause = fields.get("cause")
    return Uncaught(
        phase=fields["phase"],
        kind=kind,
        type=_text(fields["type"], TYPE_CHARACTERS),
        message=_text(fields["message"], MESSAGE_CHARACTERS),
        line=_place(fields.get("line")),
        column=_place(fields.get("column")),
        facts=_facts(fields.get("facts")),
        notes=tuple(_text(note, TEXT_CHARACTERS) for note in _list(fields.get("notes"), NOTES)),
        cause=None if cause is None else _related(cause),
        group=tuple(_related(member) for member in _list(fields.get("group"), MEMBERS)),
    )


def _related(found: Any) -> Related:
    fields = _object(found, RELATED_KEYS)
    return Related(
        type=_text(fields["type"], TYPE_CHARACTERS),
        message=_text(fields["message"], MESSAGE_CHARACTERS),
        line=_place(fields.get("line")),
    )


def _facts(found: Any) -> Mapping[str, str | int]:
    if found is None:
        return {}
    if not isinstance(found, dict) or len(found) > FACTS:
        raise _Invalid("facts")
    return {
        _text(name, TYPE_CHARACTERS): value
        if isinstance(value, int) and not isinstance(value, bool)
        else _text(value, TEXT_CHARACTERS)
        for name, value in found.items()
    }


def _object(found: Any, keys: frozenset[str]) -> dict[str, Any]:
    """Return an object that has all needed keys, and no other than these."""
    required = {"phase", "kind", "type", "message"} & keys
    if not isinstance(found, dict) or not required <= found.keys() <= keys:
        raise _Invalid("keys")
    return found


def _list(found: Any, most: int) -> list[Any]:
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > most:
        raise _Invalid("list")
    return found


def _text(found: Any, most: int) -> str:
    if not isinstance(found, str) or len(found) > most:
        raise _Invalid("text")
    return UNSTORABLE.sub("\ufffd", found)


def _place(found: Any) -> int | None:
    if found is None:
        return None
    if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= PLACE_MOST:
        raise _Invalid("place")
    return found


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Invalid("a key twice")
    return fields


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > DIGITS:
        raise _Invalid("number")
    return int(digits)


def _refuse(text: str) -> None:
    raise _Invalid(text)
