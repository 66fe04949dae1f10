"""Describes a runtime's error messages: the form that each language's `diagnostics.py` fills in.

Programs write what they like to stderr, so each pattern must take linear time in the length of a line.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

Advice = tuple[re.Pattern[str], str]
"""A pattern of one line, and its meaning in a sandbox; {0} is the pattern's first matching group."""

NOT_INSTALLED = "The module {0!r} is not available here, and there is no network to install it"
READ_ONLY = "{0} can't be written: the file system is read-only; /tmp can be written"
REFUSED = "Access to {0} was refused: the program runs as an ordinary user without any privilege"
DISK_FULL = "The sandbox's disk is full: your program wrote more than it may"
NO_NETWORK = "There is no network in the sandbox"
NO_LOOPBACK = (
    "There is no network in the sandbox, not even a loopback, on this machine: the kernel does"
    " not count its memory"
)
TOO_DEEP = "The program calls itself too deeply (infinite recursion?)"
TOO_MANY_LOCKS = "The program has locked files more often than one run may"
TOO_MANY_LISTENERS = "The program has opened more sockets for connections than one run may"


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostics:
    """The error messages of one language's runtime, and their meaning."""

    own_error: Callable[[list[str]], tuple[str, str] | None]
    """Find the program's last uncaught error in the last lines of stderr: (line number, error)."""
    runner_frames: tuple[tuple[re.Pattern[str], str], ...] = ()
    """Patterns of our runner's part of a stack trace, and the replacement of each."""
    advice: tuple[Advice, ...] = ()
    """The first that fits any line counts. The general ones of all languages come after these."""
    advice_on_refused_calls: tuple[Advice, ...] = ()
    """Comes before `advice`, but only if the supervisor has refused calls, since these errors have other
    causes too."""


def advice(*pairs: tuple[str, str]) -> tuple[Advice, ...]:
    """Compile (pattern, sentence) pairs."""
    return tuple((re.compile(pattern), sentence) for pattern, sentence in pairs)
