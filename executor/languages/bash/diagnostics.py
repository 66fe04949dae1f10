"""How Bash reports errors. It continues after most of them, so only the last line counts."""

import re

from ...uncaught import Uncaught
from ..diagnostics import Diagnostics

ERROR = re.compile(r"/(?:app|box)/script\.sh: line (\d{1,7}): (.*)")
SYNTAX = re.compile(r"syntax error|unexpected EOF while looking for matching ")
QUOTED = re.compile(r"`.*'\Z")
"""The line of the program that Bash shows after a syntax error."""
EXIT_CODES = (
    (SYNTAX, 2),
    (re.compile(r".*: command not found\Z"), 127),
    (re.compile(r".*: (?:unbound variable|bad substitution)\Z"), 1),
)
"""Errors that end a program, or its last command, only with this exit code."""


def last_error(lines: list[str]) -> Uncaught | None:
    """Read what stands at the very end of stderr."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    found = [error for line in lines[-2:] if (error := ERROR.match(line))]
    if not found or not ERROR.match(lines[-1]):
        return None
    if len(found) == 2 and QUOTED.match(found[1][2]) and SYNTAX.match(found[0][2]):
        found.pop()
    number, message = found[-1].groups()
    codes = [code for form, code in EXIT_CODES if form.match(message)]
    facts: dict[str, str | int] = {"exit_code": codes[0]} if codes else {}
    return Uncaught(
        phase="run", kind="exception", type="", message=message, line=int(number), facts=facts
    )


DIAGNOSTICS = Diagnostics(last_error=last_error)
