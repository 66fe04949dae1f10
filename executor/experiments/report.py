"""Reads the report that an attack prints: a line for each attempt. The text is untrusted."""

import re
from dataclasses import dataclass

from ..sandbox.output import plain_text

ATTEMPT = "ATTEMPT "
"""Beginning of a line of a program's report: `ATTEMPT what: blocked` or `… succeeded (how)`."""
END_AND_HOW = re.compile(r": (blocked|succeeded) \(")
ENDS = ("blocked", "succeeded")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """A line of the program's report."""

    what: str
    succeeded: bool
    how: str


def attempts_in(stdout: str) -> tuple[Attempt, ...]:
    """Read the attempts that a program reports, as text that is fit for display."""
    lines = plain_text(stdout).splitlines()
    attempts = (_attempt(line[len(ATTEMPT) :]) for line in lines if line.startswith(ATTEMPT))
    return tuple(attempt for attempt in attempts if attempt)


def _attempt(line: str) -> Attempt | None:
    if line.endswith(")"):
        if not (found := END_AND_HOW.search(line, 1)):
            return None
        what, end, how = line[: found.start()], found[1], line[found.end() : -1]
    else:
        what, _, end = line.rpartition(": ")
        how = ""
    if not what or end not in ENDS:
        return None
    return Attempt(what=what, succeeded=end == "succeeded", how=how)
