"""The form and the meaning of Node.js's error messages."""

import re

from ..diagnostics import (
    DISK_FULL,
    NO_LOOPBACK,
    NO_NETWORK,
    NOT_INSTALLED,
    READ_ONLY,
    REFUSED,
    TOO_DEEP,
    TOO_MANY_LISTENERS,
    TOO_MANY_LOCKS,
    Diagnostics,
    advice,
)

RUNNER_FRAME = re.compile(
    r"\n {4}at [^\n]*(?:/sandbox/run_node\.js|node:internal/)[^\n]*?( \{)?(?=\n|\Z)"
)
"""A frame of our runner or of Node's own loader. A bracket after the last frame belongs to the error's
properties."""
PLACE = re.compile(r"(?:file://)?/app/script\.m?js:(\d{1,7})\Z")
ERROR = re.compile(r"(?:Uncaught )?(\w{0,100}Error\b.*)")
LINES_BETWEEN = 4
"""The most lines from the place to the error: the program's line, a marker under it, empty ones."""


def own_error(lines: list[str]) -> tuple[str, str] | None:
    """Find the last place in the program that is followed by an error a few lines below it."""
    found, number, lines_left = None, "", 0
    for line in lines:
        if place := PLACE.match(line):
            number, lines_left = place[1], LINES_BETWEEN + 1
        elif lines_left:
            lines_left -= 1
            if error := ERROR.match(line):
                found, lines_left = (number, error[1]), 0
    return found


DIAGNOSTICS = Diagnostics(
    own_error=own_error,
    runner_frames=((RUNNER_FRAME, r"\1"),),
    advice=advice(
        (
            r"^Error: Cannot find module '([^']+)'|Cannot find package '([^']+)' imported from",
            NOT_INSTALLED,
        ),
        (
            # The program's own file is a link to a read-only file.
            r"EROFS: read-only file system, \w{1,20} '([^']+)'"
            r"|EACCES: permission denied, open '((?:/app/)?script\.m?js)'",
            READ_ONLY,
        ),
        (r"EACCES: permission denied, \w{1,20} '([^']+)'", REFUSED),
        (r"ENOSPC: no space left on device|EFBIG", DISK_FULL),
        (r"EAI_AGAIN|ENETUNREACH|ENOTFOUND", NO_NETWORK),
        (r"EAFNOSUPPORT", NO_LOOPBACK),
        (r"^RangeError: Maximum call stack size exceeded", TOO_DEEP),
    ),
    advice_on_refused_calls=advice(
        (r"ENOLCK", TOO_MANY_LOCKS),
        (r"ENOBUFS", TOO_MANY_LISTENERS),
    ),
)
