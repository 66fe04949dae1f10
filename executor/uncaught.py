"""The error that ended a program, or that a part of it ended with, as the runtime itself reports it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """The cause of an error, or a member of a group of errors."""

    type: str
    message: str
    line: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncaught:
    """One uncaught error. The program may have made all of it up, so it only shapes words."""

    phase: str
    """compile: the program's own file could not be compiled, so none of it ran; else run."""
    kind: str
    """exception, exit, thread, unraisable, rejection, unsettled, …"""
    type: str
    """Its name, as the runtime shows it."""
    message: str
    line: int | None = None
    column: int | None = None
    """Both from 1, of the innermost place in the program's own file; None if there is none."""
    facts: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))
    """Attributes of the error: errno, filename, name, code."""
    notes: tuple[str, ...] = ()
    cause: Related | None = None
    group: tuple[Related, ...] = ()
