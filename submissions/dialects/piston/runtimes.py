"""The runtimes as Piston lists them, and the one that a request asks for by a range of versions.

Ranges are those of npm (semver), as far as clients write them: 3.13.5, 3.x, *, >=3, ^3.1, ~3.1, 1 - 2,
and several of them with blanks or || between.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from executor import offered

from ..dialect import runtime_of

ALIASES = {
    "bash": ("sh",),
    "c": ("gcc",),
    "cpp": ("c++", "g++"),
    "python": ("py", "py3", "python3"),
    "javascript": ("node-javascript", "node-js", "js"),
    "sql": ("sqlite3", "sqlite"),
    "typescript": ("node-ts", "ts"),
}
"""The names by which Piston knows its packages, beside our own, of those that a site may have."""
RUNS_ON = {"c": "gcc", "cpp": "gcc", "javascript": "node", "typescript": "node"}
"""What runs a language, where Piston has several that could."""
UNKNOWN = "0.0.0"
"""The version of a runtime that this process does not know at the moment."""
RANGE_CHARACTERS = 100
Version = tuple[int, ...]
NUMBER = r"(?:\d{1,9}|[xX*])"
BOUND = re.compile(
    rf"(>=|<=|>|<|=|\^|~)?v?({NUMBER})(?:\.({NUMBER}))?(?:\.({NUMBER}))?(?:[-+][\w.+-]*)?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """A language in Piston's words."""

    language: str
    version: str
    aliases: tuple[str, ...]
    runtime: str = ""

    def described(self) -> dict[str, Any]:
        about: dict[str, Any] = {"language": self.language, "version": self.version}
        about["aliases"] = list(self.aliases)
        return {**about, "runtime": self.runtime} if self.runtime else about


def known_runtimes() -> list[Runtime]:
    """Return the runtimes, with their versions as this process knows them at the moment."""
    return [_runtime_of(slug) for slug in offered()]


def runtime_for(name: str, versions: str) -> Runtime | None:
    """Return the runtime of a language, by name or alias, if its version is within the range."""
    for slug in offered():
        if name in (slug, *ALIASES.get(slug, ())):
            runtime = _runtime_of(slug)
            return runtime if is_within(runtime.version, versions) else None
    return None


def _runtime_of(slug: str) -> Runtime:
    return Runtime(
        language=slug,
        version=_version_in(runtime_of(slug)),
        aliases=ALIASES.get(slug, ()),
        runtime=RUNS_ON.get(slug, ""),
    )


def _version_in(words: str) -> str:
    """Return the version in a runtime's own words, such as "Python 3.13.5", in three parts."""
    found = re.search(r"\d+(?:\.\d+)*", words)
    if found is None:
        return UNKNOWN
    parts = [str(int(part)) for part in found[0].split(".")]
    return ".".join([*parts, "0", "0"][:3])


def is_within(version: str, versions: str) -> bool:
    """Return whether a version is within a range. What is no range has no version."""
    if len(versions) > RANGE_CHARACTERS:
        return False
    number = tuple(int(part) for part in version.split("."))
    return any(_is_within_all(number, one.strip()) for one in versions.split("||"))


def _is_within_all(version: Version, versions: str) -> bool:
    """Return whether a version is within each part of a range."""
    if " - " in versions:
        low, _, high = versions.partition(" - ")
        versions = f">={low.strip()} <={high.strip()}"
    spaced = re.sub(r"(>=|<=|>|<|=|\^|~)\s+", r"\1", versions)
    found = [BOUND.fullmatch(part) for part in spaced.split() or ["*"]]
    return all(one is not None and _is_within_bound(version, one) for one in found)


def _is_within_bound(version: Version, bound: re.Match[str]) -> bool:
    sign, given = bound[1] or "=", _numbers(bound)
    low, above = _filled(given), _next_after(given)
    compare: dict[str, Callable[[], bool]] = {
        "=": lambda: low <= version < above,
        "~": lambda: low <= version < _next_after(given[:2]),
        "^": lambda: low <= version < _next_after(given[: _first_that_counts(given)]),
        ">=": lambda: low <= version,
        "<": lambda: version < low,
        ">": lambda: above <= version,
        "<=": lambda: version < above,
    }
    return compare[sign]()


def _numbers(bound: re.Match[str]) -> Version:
    """Return the numbers before the first part that is left open."""
    numbers: list[int] = []
    for part in (bound[2], bound[3], bound[4]):
        if part is None or not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _filled(numbers: Version) -> Version:
    return (*numbers, 0, 0, 0)[:3]


def _next_after(numbers: Version) -> Version:
    """Return the first version that does not begin with these numbers."""
    if not numbers:
        return (10**9,)
    return (*numbers[:-1], numbers[-1] + 1)


def _first_that_counts(numbers: Version) -> int:
    """Return how many numbers must stay the same within ^: to the first that is not zero."""
    return next((at for at, number in enumerate(numbers, 1) if number), len(numbers))
