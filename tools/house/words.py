"""Words: which files name a field, and how often refused turns of phrase stand in code and documents."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from .modules import PRODUCT, files

PROSE = {".py", ".md", ".html"}
WITH_PROSE = (*PRODUCT, "templates", "tests", "tools", "docs", "deploy", "scripts")

# Turns of phrase that are hard to read in a second language. Plainer words replace them everywhere.
REFUSED = (
    "anew",
    "whoever",
    "be had",
    "stumbled",
    "so many",
    "so long",
    "so often",
    "for ever",
    "whence",
    "of ours",
    "is to be",
)
# These files name the words in order to refuse them.
LISTS_OF_REFUSED = {"CONTRIBUTING.md", "tests/test_words.py", "tools/house/words.py"}


def naming(texts: Mapping[str, str], word: str) -> tuple[str, ...]:
    """List the files in which a word stands."""
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    return tuple(sorted(path for path, text in texts.items() if pattern.search(text)))


def occurrences(texts: Iterable[str], phrase: str) -> int:
    """Count a phrase, also where a line of prose or of comments breaks within it."""
    gap = r"[\s#]+"
    pattern = re.compile(rf"\b{gap.join(phrase.split())}\b", re.IGNORECASE)
    return sum(len(pattern.findall(text)) for text in texts)


def prose(root: Path) -> dict[str, str]:
    """Read what people read: code, documents and templates, tests included."""
    top = {path.name: path.read_text() for path in root.glob("*.md")}
    below = files(root, WITH_PROSE, PROSE)
    return {name: text for name, text in (top | below).items() if name not in LISTS_OF_REFUSED}
