"""A run_spec, checked in Jobe's order and with its words, as our program."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from executor import LANGUAGES, MOST_IN, choices, is_good_name

from ...http.codes import Code
from ...http.origin import NotAdmitted
from .languages import NAME_CHARACTERS, slug_of

MB = 1024 * 1024
CPU_SECONDS = 5
"""Of a run whose request names none."""
MOST_CPU_SECONDS = 120
"""Jobe refuses to be asked for more. Below that, the site's own limit counts, silently."""
ILLEGAL = re.compile(r"""[<>:"/\\|?*\x00-\x1f\x7f\xa0\xad#\[\]@!$&'()+,;={}^~`]|\A[.-]|\A\Z""")
IGNORED_NAME = "prog.java"
FILE_ID = re.compile(r"[A-Za-z0-9]{8,64}")
FILE_NAME = re.compile(r"[._-]*[A-Za-z0-9][A-Za-z0-9._-]*")
LINE_CHARACTERS = 16 * 1024
"""The longest line of arguments, as many as a program gets through other doors."""
WITHOUT_EFFECT = re.compile(r"-[BEIbdisSuvx]+|--use_strict|--?use-strict")
"""Options of the interpreters that change nothing here: no program sees a variable or a module from
outside its sandbox, and nothing is compiled to a file."""
DEFAULT_NAMES = {"python3": "prog.py", "nodejs": "prog.js"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """What a client asks for."""

    language: str
    """By Jobe's name."""
    slug: str
    """By ours."""
    source: str
    source_name: str
    stdin: str
    args: tuple[str, ...]
    command: str | None = None
    """A program that the interpreter gets by -c, in place of the source."""
    limits: Mapping[str, float]
    files: tuple[tuple[str, str], ...] = ()
    """Id and name of each."""
    debug: bool = False


def spec_of(body: Any) -> Spec:
    """Check a request. Raises NotAdmitted."""
    if not isinstance(body, dict):
        refuse("Non-JSON post data received")
    given = body.get("run_spec")
    if not isinstance(given, dict):
        refuse("No run_spec attribute found in post data")
    for name in ("sourcecode", "language_id"):
        if given.get(name) is None:
            refuse(f"run_spec is missing the required attribute '{name}'")
        if not isinstance(given[name], str):
            refuse(f"The {name} of the run_spec is not a string")
    language = given["language_id"].lower()
    if (slug := slug_of(language)) is None:
        refuse(f"Language '{language[:NAME_CHARACTERS]}' is not known")
    parameters = given.get("parameters") or {}
    if not isinstance(parameters, dict):
        refuse("The parameters of the run_spec are not an object")
    if _number(parameters, "cputime", 0) > MOST_CPU_SECONDS:
        most = f"{MOST_CPU_SECONDS} secs"
        refuse(f"cputime exceeds maximum allowed on this Jobe server ({most})")
    source_name = _source_name(given.get("sourcefilename"), language, slug)
    command, args = _command_line(parameters, source_name)
    return Spec(
        language=language,
        slug=slug,
        source=given["sourcecode"],
        source_name=source_name,
        stdin=given.get("input") or "",
        args=tuple(args),
        command=command,
        limits=_limits(parameters, slug),
        files=_files(given.get("file_list") or []),
        debug=bool(given.get("debug")),
    )


def refuse(words: str) -> NoReturn:
    raise NotAdmitted(Code.INVALID, words)


def _source_name(given: Any, language: str, slug: str) -> str:
    if given is None or given in ("", IGNORED_NAME):
        return DEFAULT_NAMES.get(language, LANGUAGES[slug].source)
    # Its length counts too: the answer has the name wherever the program's messages name its file.
    if not isinstance(given, str) or ILLEGAL.search(given) or not is_good_name(given):
        refuse("The sourcefilename for the run_spec is illegal")
    return given


def _files(given: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, list) or len(given) > MOST_IN:
        refuse(f"The file_list of the run_spec is not a list of at most {MOST_IN} files")
    for one in given:
        if not (isinstance(one, list) and len(one) in (2, 3) and _is_file(one[0], one[1])):
            refuse("Invalid file specifier")
    return tuple((one[0], one[1]) for one in given)


def _is_file(file_id: Any, name: Any) -> bool:
    return (
        isinstance(file_id, str)
        and isinstance(name, str)
        and FILE_ID.fullmatch(file_id) is not None
        and FILE_NAME.fullmatch(name) is not None
    )


def _command_line(parameters: Mapping[str, Any], source_name: str) -> tuple[str | None, list[str]]:
    """Return the program that -c gives to the interpreter, if one does, and the arguments.

    Jobe puts both lists into a line for a shell, so one item may be several words.
    """
    args = _words(parameters, "runargs")
    options = _words(parameters, "interpreterargs")
    while options and WITHOUT_EFFECT.fullmatch(options[0]):
        options.pop(0)
    if not options:
        return None, args
    if options[0] == "-c" and len(options) > 1:
        return options[1], [*options[2:], source_name, *args]
    refuse(f"This site does not know the interpreterargs {options[0][:NAME_CHARACTERS]}")


def _words(parameters: Mapping[str, Any], name: str) -> list[str]:
    given = parameters.get(name) or []
    if not isinstance(given, list) or not all(isinstance(one, str | int | float) for one in given):
        refuse(f"The parameter {name} is not a list of strings")
    line = " ".join(map(str, given))
    if len(line) > LINE_CHARACTERS:  # the time to split it grows as the square of its length
        refuse(f"The parameter {name} is longer than {LINE_CHARACTERS} characters")
    try:
        return shlex.split(line)
    except ValueError:  # a quotation mark is missing
        refuse(f"The parameter {name} is no line for a shell")


def _limits(parameters: Mapping[str, Any], slug: str) -> dict[str, float]:
    """Return the limits of the run: what is asked for, within what the site offers.

    Jobe's default limits of memory, processes and output are left to the site's own.
    """
    cpu_seconds = _number(parameters, "cputime", CPU_SECONDS) or CPU_SECONDS
    asked = {
        "cpu_seconds": cpu_seconds,
        "wall_seconds": 2 * cpu_seconds,
        "memory_bytes": MB * _number(parameters, "memorylimit", 0),
        "output_bytes": MB * _number(parameters, "streamsize", 0),
        "processes": _number(parameters, "numprocs", 0),
    }
    ranges = choices(LANGUAGES[slug])
    return {
        name: _within(value, ranges[name].least, ranges[name].most)
        for name, value in asked.items()
        if value > 0
    }


def _within(value: float, least: float, most: float) -> float:
    within = max(least, min(value, most))
    return within if isinstance(most, float) else int(within)


def _number(parameters: Mapping[str, Any], name: str, default: float) -> float:
    """Return a parameter; the default for one that is no number, as Jobe does."""
    value = parameters.get(name)
    try:
        number = default if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return number if 0 <= number < 1e12 else default
