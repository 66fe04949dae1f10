"""Reads the corpus: programs, what each is given, and the differences that are meant.

A program's first lines may hold its input, as JSON after `stdin:`, `args:` or `repeat:` in a comment:

    # stdin: "3\\n4\\n"
    # args: ["--name", "Ann"]
    # repeat: 1000

`repeat` gives the standard input this number of times.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from executor.languages import LANGUAGES

HERE = Path(__file__).parent
HEADER = re.compile(r"^(?:#|//) (stdin|args|repeat): (.*)$")
HEADER_LINES = 6
"""Headers stand in the first lines, below a shebang or the words of what the program tests."""
PARTS = ("end", "stdout", "stderr")
"""What is compared. The end is the exit code, or the signal as a shell counts it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A program of the corpus with its input."""

    name: str
    """The language's slug and the file's name without its ending: python/closures."""
    language: str
    code: str
    stdin: str = ""
    args: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A difference between the sandbox and the plain runtime that is meant."""

    program: str
    parts: frozenset[str]
    reason: str
    sandbox: str | None = None
    """All that the program prints on stdout in the sandbox, where a protection shows in it."""
    in_slots: str | None = None
    """The same in a slot, if that is something else."""
    boot: str | None = None
    """The only way to boot a runtime with which it shows: `exec` or `fork`; None: with both."""


def read_program(path: Path, language: str) -> Program:
    code = path.read_bytes().decode()  # line ends as they are
    found = [HEADER.match(line) for line in code.splitlines()[:HEADER_LINES]]
    given = {match[1]: json.loads(match[2]) for match in found if match}
    return Program(
        name=f"{language}/{path.stem}",
        language=language,
        code=code,
        stdin=given.get("stdin", "") * given.get("repeat", 1),
        args=tuple(given.get("args", ())),
    )


def programs() -> dict[str, Program]:
    """Read all programs, by name."""
    found = (
        read_program(path, slug)
        for slug, language in sorted(LANGUAGES.items())
        for path in sorted((HERE / "programs" / slug).glob("*"))
        if path.suffix in language.suffixes
    )
    return {program.name: program for program in found}


def differences() -> dict[str, Difference]:
    """Read the differences that are meant, by the program's name."""
    listed = tomllib.loads((HERE / "differences.toml").read_text())["difference"]
    read = [Difference(**{**entry, "parts": frozenset(entry["parts"])}) for entry in listed]
    return {entry.program: entry for entry in read}


def usual() -> dict[str, str]:
    """Read the names of the programs that each change runs, with the reasons."""
    entries: dict[str, str] = tomllib.loads((HERE / "usual.toml").read_text())
    return entries
