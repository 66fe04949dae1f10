"""The form and the meaning of CPython's error messages."""

import re

from ..diagnostics import (
    DISK_FULL,
    NOT_INSTALLED,
    READ_ONLY,
    REFUSED,
    TOO_DEEP,
    TOO_MANY_LISTENERS,
    TOO_MANY_LOCKS,
    Diagnostics,
    advice,
)

RUNNER_FRAME = re.compile(r'^ *File "/sandbox/[^\n]*\n(?:    [^\n]*\n){0,2}', re.MULTILINE)
OWN_FRAME = re.compile(r'  File "/app/script\.py", line (\d{1,7})(?!\d)')
ERROR = re.compile(r"[A-Za-z_]")
"""Beginning of the line after a traceback. Lines within a traceback begin with a space."""


def own_error(lines: list[str]) -> tuple[str, str] | None:
    """Find the last of the program's own frames in a traceback, and the traceback's last line."""
    found, number = None, None
    for line in lines:
        if frame := OWN_FRAME.match(line):
            number = frame[1]
        elif not line.startswith(" "):
            if number is not None and ERROR.match(line):
                found = number, line
            number = None
    return found


DIAGNOSTICS = Diagnostics(
    own_error=own_error,
    runner_frames=((RUNNER_FRAME, ""),),
    advice=advice(
        (
            r"^ModuleNotFoundError: No module named '([^']+)'",
            NOT_INSTALLED,
        ),
        (
            # The program's own file is a link to a read-only file.
            r"\[Errno 30\] Read-only file system: '([^']+)'"
            r"|\[Errno 13\] Permission denied: '((?:/app/)?script\.py)'",
            READ_ONLY,
        ),
        (r"\[Errno 13\] Permission denied: '([^']+)'", REFUSED),
        (r"\[Errno 27\] File too large", DISK_FULL),
        (r"^MemoryError", "The program asked for more memory than there is in the sandbox"),
        (r"^RecursionError", TOO_DEEP),
        (
            r"^EOFError: EOF when reading a line",
            "Your program asked for more input than you gave it",
        ),
    ),
    advice_on_refused_calls=advice(
        (
            # An SQLite transaction makes several such calls; its error depends on which one is refused.
            r"\[Errno 37\] No locks available"
            r"|OperationalError: (?:disk I/O error|database is locked)",
            TOO_MANY_LOCKS,
        ),
        (r"\[Errno 105\] No buffer space available", TOO_MANY_LISTENERS),
    ),
)
