"""What a request may choose: a language that the site offers, and limits, how low and how high.

The ceiling is the deployment's own limit, or what the language needs, if that is more (decision 0152).
The floor is what its runtime needs to boot and to run a small program: below it every run would end the
same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from .conf import config
from .languages import IMAGES, LANGUAGES, Language
from .limits import Limits

SECONDS_LEAST = 0.1
"""A small program takes 0.02 s of an idle machine; the supervisor compares the clocks every 0.01 s."""


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that a request may ask for, both included."""

    least: float
    most: float


def offered() -> dict[str, Language]:
    """Return the languages that this site offers, by slug. Others are known: what ran in one is shown."""
    return {slug: one for slug, one in LANGUAGES.items() if slug in config().languages}


def images() -> dict[str, Language]:
    """Return the languages from whose folders the images of the offered ones are built."""
    needed = {language.image for language in offered().values()}
    return {slug: one for slug, one in IMAGES.items() if slug in needed}


def limits_of(language: Language) -> Limits:
    """Return the limits of a run in this language whose request sets none: the highest it may have."""
    return language.limits(config().limits)


def choices(language: Language) -> dict[str, Range]:
    """Return the limits that a request may set for a program of this language, with their ranges.

    A deployment's own limit may be below a floor; then a request can ask for just this limit.
    """
    own = limits_of(language)
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


def chosen_limits(
    chosen: Mapping[str, float], language: Language, *, interactive: bool = False
) -> Limits:
    """Return the limits of the language, lowered as a request has chosen. Never raises one of them. Only
    for the elapsed time has an interactive run limits of its own."""
    own = limits_of(language)
    most = {name: getattr(own, name) for name in chosen}
    # Of the same type: a client may send 2 for 2.0 seconds, and stored limits are compared.
    lower = {name: type(most[name])(min(value, most[name])) for name, value in chosen.items()}
    if interactive:
        lower.setdefault("wall_seconds", config().interactive_seconds)
        lower["idle_seconds"] = config().interactive_idle_seconds
    return replace(own, **lower)


def choice_of(limits: Limits, language: Language) -> dict[str, float]:
    """Return the choice by which a new request gets these limits, as far as it may.

    A limit that is not lower than the language's is left out.
    """
    ranges = choices(language)
    values = {one.name: getattr(limits, one.name) for one in fields(Limits)}
    return {
        name: max(values[name], ranges[name].least)
        for name in ranges
        if values[name] < ranges[name].most
    }
