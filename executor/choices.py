"""The limits that a request may lower, and how far.

The ceiling is the deployment's own limit. The floor is what a language's runtime needs to boot and to
run a small program: below it every run would end the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from .conf import config
from .languages import Language
from .limits import Limits

SECONDS_LEAST = 0.1
"""A small program takes 0.02 s of an idle machine; the supervisor compares the clocks every 0.01 s."""


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that a request may ask for, both included."""

    least: float
    most: float


def choices(language: Language) -> dict[str, Range]:
    """Return the limits that a request may set for a program of this language, with their ranges.

    A deployment's own limit may be below a floor; then a request can ask for just this limit.
    """
    own = config().limits
    least = {
        "wall_seconds": SECONDS_LEAST,
        "cpu_seconds": SECONDS_LEAST,
        "memory_bytes": language.least_memory_bytes,
        "processes": language.least_processes,
        "output_bytes": 1,
    }
    return {
        name: Range(least=min(floor, getattr(own, name)), most=getattr(own, name))
        for name, floor in least.items()
    }


def chosen_limits(chosen: Mapping[str, float], *, interactive: bool = False) -> Limits:
    """Return the deployment's limits, lowered as a request has chosen. Never raises one of them, except
    the elapsed time of an interactive run, which has limits of its own for it."""
    own = config().limits
    most = {name: getattr(own, name) for name in chosen}
    # Of the same type: a client may send 2 for 2.0 seconds, and stored limits are compared.
    lower = {name: type(most[name])(min(value, most[name])) for name, value in chosen.items()}
    if interactive:
        lower.setdefault("wall_seconds", config().interactive_seconds)
        lower["idle_seconds"] = config().interactive_idle_seconds
    return replace(own, **lower)


def choice_of(limits: Limits, language: Language) -> dict[str, float]:
    """Return the choice by which a new request gets these limits, as far as it may.

    A limit that is not lower than the deployment's is left out.
    """
    ranges = choices(language)
    values = {one.name: getattr(limits, one.name) for one in fields(Limits)}
    return {
        name: max(values[name], ranges[name].least)
        for name in ranges
        if values[name] < ranges[name].most
    }
