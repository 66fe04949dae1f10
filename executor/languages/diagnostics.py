"""Describes how a runtime shows errors: the form that each language's `diagnostics.py` fills in.

A runtime reports the error that ended the program by itself (executor/uncaught.py). Where it cannot (a
crash, an end by a signal), the end of stderr is read. Programs write what they like to stderr, so each
pattern must take linear time in the length of a line.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..uncaught import Uncaught


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostics:
    """The error messages of one language's runtime."""

    last_error: Callable[[list[str]], Uncaught | None]
    """Read the error that stands at the very end of stderr, of which it gets the last lines.

    If it can only come with one exit code, the fact `exit_code` says so.
    """
    first_error: Callable[[list[str]], Uncaught | None] | None = None
    """Read the error in what a failed compiler has printed. A language has it if its runner compiles the
    program before it becomes the program, so that no program can forge what the runner reports."""
    columns: tuple[str, int] | None = None
    """What the runtime counts in a column: an encoding, and the bytes of a unit. None: characters."""
