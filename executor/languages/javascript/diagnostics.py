"""The form in which Node.js prints the error that ends a program.

    /app/script.js:3
      return user.name;
                  ^

    TypeError: Cannot read properties of undefined (reading 'name')
        at greet (/app/script.js:3:15)
        …

    Node.js v24.19.0

The head may name a file of Node's own instead, and a thrown value that is no error stands there bare. A
TypeScript program is script.ts, always as an address (file:///app/script.ts).
"""

import re

from ...uncaught import Uncaught
from ..diagnostics import Diagnostics

END = re.compile(r"Node\.js v\d")
MARKER = re.compile(r" *\^+ *\Z")
PLACE = re.compile(r"(?:file://)?/(?:app|box)/script\.[jt]s:(\d{1,7})\Z")
FRAME = re.compile(r" {4}at .*?/(?:app|box)/script\.[jt]s:(\d{1,7}):(\d{1,7})\)?\Z")
ERROR = re.compile(r"\[?([A-Za-z_$][\w$.]{0,99})(?: \[[\w ]{1,60}\])?(?:: (.*)|\Z)")
NAMED_LIKE_ERRORS = re.compile(r"Error\Z|Exception\Z|Rejection\Z")
VALUES = (
    ("null", re.compile(r"null\Z")),
    ("undefined", re.compile(r"undefined\Z")),
    ("boolean", re.compile(r"(?:true|false)\Z")),
    ("number", re.compile(r"-?\d[\d.e+-]*\Z|-?Infinity\Z|NaN\Z")),
    ("object", re.compile(r"[{\[]|[A-Z]\w* \{")),
)
"""Forms of thrown values; all else is a string, which Node shows without quotation marks."""
UNSETTLED = re.compile(
    r"Warning: Detected unsettled top-level await at (?:file://)?/(?:app|box)/script\.[jt]s:(\d{1,7})\Z"
)
FATAL = re.compile(r"(?:FATAL ERROR: |# Fatal )(.*)")


def last_error(lines: list[str]) -> Uncaught | None:
    """Read what stands at the very end of the last lines of stderr."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    if not lines:
        return None
    if END.match(lines[-1]):
        return _uncaught(lines[:-1])
    return _unsettled(lines) or _fatal(lines)


def _uncaught(lines: list[str]) -> Uncaught | None:
    """Read the block that begins with the last marker that has a place two lines above it."""
    markers = [at for at, line in enumerate(lines) if at >= 2 and MARKER.match(line)]
    if not markers:
        return None
    at = markers[-1]
    rest = [line for line in lines[at + 1 :] if line]
    if not rest:
        return None
    line, column = _place(lines[at - 2], rest)
    error = ERROR.match(rest[0])
    if error and (NAMED_LIKE_ERRORS.search(error[1]) or _has_frames(rest)):
        name, message = error[1], (error[2] or "").removesuffix(" {")
        if rest[0].startswith("["):  # an error without frames
            message = message.removesuffix("]")
    else:
        name, message = _thrown(rest[0])
    return Uncaught(
        phase="run", kind="exception", type=name, message=message, line=line, column=column
    )


def _place(head: str, rest: list[str]) -> tuple[int | None, int | None]:
    """Return line and column of the innermost frame in the program, or the line that the head names."""
    if frame := next((found for line in rest if (found := FRAME.match(line))), None):
        return int(frame[1]), int(frame[2])
    place = PLACE.match(head)
    return (int(place[1]), None) if place else (None, None)


def _thrown(shown: str) -> tuple[str, str]:
    """Return the type of a value that is no error, and the value."""
    return next((name for name, form in VALUES if form.match(shown)), "string"), shown


def _has_frames(lines: list[str]) -> bool:
    return any(line.startswith("    at ") for line in lines[1:])


def _unsettled(lines: list[str]) -> Uncaught | None:
    """Read Node's warning of an await at the top level that never ends: three lines."""
    found = UNSETTLED.match(lines[-3]) if len(lines) >= 3 and MARKER.match(lines[-1]) else None
    if not found:
        return None
    return Uncaught(
        phase="run",
        kind="unsettled",
        type="",
        message="an await at the top level never ended",
        line=int(found[1]),
    )


def _fatal(lines: list[str]) -> Uncaught | None:
    """Read the message of V8's abort, which its own stack trace follows."""
    for line in reversed(lines):
        if found := FATAL.match(line):
            return Uncaught(phase="run", kind="crash", type="fatal error", message=found[1])
    return None


DIAGNOSTICS = Diagnostics(last_error=last_error, columns=("utf-16-le", 2))
