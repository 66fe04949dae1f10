"""The form of Node.js's error messages."""

import re

from ...uncaught import Uncaught
from ..diagnostics import Diagnostics

PLACE = re.compile(r"(?:file://)?/app/script\.m?js:(\d{1,7})\Z")
ERROR = re.compile(r"(?:Uncaught )?(\w{0,100}Error)\b(?:: (.*))?")
LINES_BETWEEN = 4
"""The most lines from the place to the error: the program's line, a marker under it, empty ones."""


def last_error(lines: list[str]) -> Uncaught | None:
    """Find the last place in the program that is followed by an error a few lines below it."""
    found, number, lines_left = None, 0, 0
    for line in lines:
        if place := PLACE.match(line):
            number, lines_left = int(place[1]), LINES_BETWEEN + 1
        elif lines_left:
            lines_left -= 1
            if error := ERROR.match(line):
                found = Uncaught(
                    phase="run",
                    kind="exception",
                    type=error[1],
                    message=error[2] or "",
                    line=number,
                )
                lines_left = 0
    return found


DIAGNOSTICS = Diagnostics(last_error=last_error)
