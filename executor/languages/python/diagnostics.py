"""The form of CPython's error messages."""

import re

from ...uncaught import Uncaught
from ..diagnostics import Diagnostics

OWN_FRAME = re.compile(r'  File "/app/script\.py", line (\d{1,7})(?!\d)')
ERROR = re.compile(r"([A-Za-z_][\w.]{0,99})(?:: (.*))?\Z")
"""The line after a traceback. Lines within a traceback begin with a space."""


def last_error(lines: list[str]) -> Uncaught | None:
    """Read a traceback that ends with the last line, and the last of the program's own frames in it."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    error = ERROR.match(lines[-1]) if lines else None
    if not error:
        return None
    number = None
    for line in reversed(lines[:-1]):
        if not line.startswith(" "):
            break
        if frame := OWN_FRAME.match(line):
            number = int(frame[1])
            break
    if number is None:
        return None
    return Uncaught(
        phase="run", kind="exception", type=error[1], message=error[2] or "", line=number
    )


DIAGNOSTICS = Diagnostics(last_error=last_error)
