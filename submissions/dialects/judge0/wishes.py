"""What a client of Judge0 asks for, checked as Judge0 does it, as our program."""

import re
import shlex
from binascii import Error, a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from rest_framework.exceptions import ValidationError

from executor import File, RunRequest, problem_with_files

from ...http.problems import fields_of
from ...serializers.files import reason_of
from ...serializers.runs import checked_program
from .archives import NotUnpacked, files_in
from .configuration import KB, ranges
from .languages import slug_of

ENCODED = ("source_code", "stdin", "expected_output")
"""Fields that are in base64 if the client says so."""
WORDS = 512
"""The most characters of command_line_arguments."""
NUMBER_CHARACTERS = 40
NOT_OFFERED = {
    "compiler_options": "setting compiler options is not allowed",
    "callback_url": "setting callback is not allowed",
    "enable_network": "enabling network is not allowed",
    "enable_per_process_and_thread_time_limit": "this option cannot be enabled",
    "enable_per_process_and_thread_memory_limit": "this option cannot be enabled",
    "redirect_stderr_to_stdout": "this option cannot be enabled",
}
LIMITS = {
    "cpu_time_limit": ("cpu_seconds", 1),
    "wall_time_limit": ("wall_seconds", 1),
    "memory_limit": ("memory_bytes", KB),
    "max_processes_and_or_threads": ("processes", 1),
}
"""Our name of a limit, and what one of Judge0's units is in ours."""
THEIRS = {
    "code": "source_code",
    "args": "command_line_arguments",
}
"""Judge0's names of our fields."""
HALF = re.compile("[\ud800-\udfff]")
NO = (None, "", False, "false", "0", 0)

Errors = dict[str, list[str]]


class NotSaved(Exception):
    """A submission that is wrong: the reasons by field."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A submission as Judge0 takes it."""

    program: RunRequest
    expected_output: str | None


def wish_of(body: Any, *, is_base64: bool, most: int) -> Wish:
    """Check a submission, whose files have at most that many bytes.

    Raises NotSaved with all that is wrong.
    """
    asked = dict(body) if isinstance(body, Mapping) else {}
    errors: Errors = {}
    if is_base64:
        for name in ENCODED:
            asked[name] = _decoded(asked.get(name), name, errors)
    slug = _language(asked.get("language_id"), errors)
    if not asked.get("source_code") and "source_code" not in errors:
        errors["source_code"] = ["can't be blank"]
    for name, reason in NOT_OFFERED.items():
        if asked.get(name) not in NO:
            errors[name] = [reason]
    limits = _limits(asked, slug, errors) if slug else {}
    args = _arguments(asked.get("command_line_arguments"), errors)
    files = _files(asked.get("additional_files"), most, errors)
    expected = asked.get("expected_output")
    if expected is not None and not _is_text(expected):
        errors.setdefault("expected_output", ["is not a string"])
    if errors:
        raise NotSaved(errors)
    program = {
        "code": asked["source_code"],
        "language": slug,
        "stdin": asked.get("stdin"),
        "stdin_verbatim": True,
        "args": args,
        "limits": limits,
    }
    return Wish(program=_with_files(_checked(program), files), expected_output=expected)


def _checked(program: dict[str, Any]) -> RunRequest:
    """Let our own serializer check the program, and give its reasons Judge0's names."""
    try:
        return checked_program(program)
    except ValidationError as error:
        reasons: Errors = {}
        for path, texts in fields_of(error.detail).items():
            name = path.partition(".")[0]
            reasons.setdefault(THEIRS.get(name, name), []).extend(texts)
        raise NotSaved(reasons) from error


def _with_files(program: RunRequest, files: tuple[File, ...]) -> RunRequest:
    program = replace(program, files=files)
    if files and (problem := problem_with_files(program)):
        raise NotSaved({"additional_files": list(reason_of(problem))})
    return program


def _decoded(value: Any, name: str, errors: Errors) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return a2b_base64(value).decode()
    except (Error, ValueError):
        errors[name] = ["is not UTF-8 in base64"]
        return None


def _is_text(value: Any) -> bool:
    """Return whether a value is a string that UTF-8 can hold: JSON also has halves of characters."""
    return isinstance(value, str) and HALF.search(value) is None


def _language(value: Any, errors: Errors) -> str | None:
    if value in (None, ""):
        errors["language_id"] = ["can't be blank"]
        return None
    number = _number(value)
    slug = None if number is None else slug_of(int(number))
    if slug is None:
        shown = str(value)[:20] if isinstance(value, str | int | float) else "?"
        errors["language_id"] = [f"language with id {shown} doesn't exist"]
    return slug


def _number(value: Any) -> float | None:
    """Return a number, which may come as a string; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and len(value) > NUMBER_CHARACTERS:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _limits(asked: Mapping[str, Any], slug: str, errors: Errors) -> dict[str, float]:
    """Check all limits of Judge0, and return those that the run gets."""
    within = {**ranges(slug), "number_of_runs": (1, 1)}
    chosen: dict[str, float] = {}
    for name, (least, most) in within.items():
        if asked.get(name) in (None, ""):
            continue
        number = _number(asked[name])
        if number is None:
            errors[name] = ["is not a number"]
        elif number > most:
            errors[name] = [f"must be less than or equal to {_shown(most)}"]
        elif number < least:
            errors[name] = [f"must be greater than or equal to {_shown(least)}"]
        elif name in LIMITS:
            ours, unit = LIMITS[name]
            chosen[ours] = number if ours.endswith("_seconds") else int(number * unit)
    return chosen


def _shown(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"


def _arguments(value: Any, errors: Errors) -> list[str]:
    """Split the arguments as a shell does, but without a shell: nothing in them is a command."""
    if value in (None, ""):
        return []
    if not isinstance(value, str) or len(value) > WORDS:
        errors["command_line_arguments"] = [f"is too long (maximum is {WORDS} characters)"]
        return []
    try:
        return shlex.split(value)
    except ValueError:
        errors["command_line_arguments"] = ["has a quote without its end"]
        return []


def _files(value: Any, most: int, errors: Errors) -> tuple[File, ...]:
    if value in (None, ""):
        return ()
    try:
        return files_in(str(value), most=most)
    except NotUnpacked as error:
        errors["additional_files"] = [str(error)]
        return ()
