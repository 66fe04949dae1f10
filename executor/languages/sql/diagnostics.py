"""How SQLite's shell reports the error at which it ends."""

import re

from ...uncaught import Uncaught
from ..diagnostics import Diagnostics

ERROR = re.compile(r"(Parse error|Runtime error) near line (\d{1,7}): (.*?)(?: \(\d{1,5}\))?\Z")
"""The number at the end of some is SQLite's name for the error, which says nothing to people."""
COMMAND = re.compile(r"Error: (.*)")
"""An error of one of the shell's own commands, which says no line."""
CONTEXT = re.compile(r"  .*")
"""Lines after an error that show where it is."""


def last_error(lines: list[str]) -> Uncaught | None:
    """Read what stands at the very end of stderr."""
    for line in reversed(lines):
        if found := ERROR.match(line):
            return _error(found[1], found[3], int(found[2]))
        if found := COMMAND.match(line):
            return _error("Error", found[1], None)
        if line.strip() and not CONTEXT.match(line):
            return None
    return None


def _error(name: str, message: str, line: int | None) -> Uncaught:
    return Uncaught(
        phase="run", kind="exception", type=name, message=message, line=line, facts={"exit_code": 1}
    )


DIAGNOSTICS = Diagnostics(last_error=last_error)
