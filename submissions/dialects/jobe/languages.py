"""The languages by Jobe's names."""

import re

from executor import LANGUAGES, offered

from ..dialect import runtime_of

SLUGS = {
    "c": "c",
    "cpp": "cpp",
    "java": "java",
    "nodejs": "javascript",
    "octave": "octave",
    "pascal": "pascal",
    "php": "php",
    "python3": "python",
}
"""Jobe's names, and ours, of which a site may offer some."""
WITHOUT_COMPILING = frozenset({"nodejs", "octave"})
"""Jobe compiles programs of the others first, and reports their syntax errors as compile errors."""
NAME_CHARACTERS = 50
"""How much of an unknown name an error repeats."""


def slug_of(name: str) -> str | None:
    """Return our name of a language; None if the site does not offer it."""
    slug = SLUGS.get(name, "")
    return slug if slug in offered() else None


def is_compiled(slug: str) -> bool:
    """Whether a compiler takes all sources of a run for one program, and names them without a folder."""
    return LANGUAGES[slug].diagnostics.first_error is not None


def known_languages() -> list[list[str]]:
    """Return name and version of each, as far as this process knows it at the moment."""
    here = offered()
    return [[name, _version_in(runtime_of(slug))] for name, slug in SLUGS.items() if slug in here]


def _version_in(words: str) -> str:
    """Return the version in a runtime's own words, such as "Python 3.13.5"."""
    found = re.search(r"\d+(\.\d+)*", words)
    return found[0] if found else "Unknown"
