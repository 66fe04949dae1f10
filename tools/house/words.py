"""Words: which files name a field, and where refused words stand in code and documents."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
"""The table of its section "Words" is the only list of refused words."""

TEXTS = {"", ".c", ".css", ".html", ".js", ".md", ".py", ".sh", ".toml", ".yaml", ".yml"}
# Folders at the top that are in no commit.
NOT_KEPT = {"htmlcov", "secrets", "var"}
# The first two name the words in order to refuse them; the licence is a text of others.
QUOTES_THEM = {"CONTRIBUTING.md", "tests/test_words.py", "LICENSE"}
# What a line of prose or of a comment may have where a phrase is broken.
GAP = r"[\s#*/]+"


@dataclass(frozen=True)
class Place:
    """A refused phrase in a file. Lines count from 1."""

    path: str
    line: int
    phrase: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.phrase}"


def naming(texts: Mapping[str, str], word: str) -> tuple[str, ...]:
    """List the files in which a word stands."""
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    return tuple(sorted(path for path, text in texts.items() if pattern.search(text)))


def refused() -> tuple[str, ...]:
    """Read the refused phrases: the first column of the table, below its head."""
    rows = re.findall(r"^\| ([a-z, -]+) \|", CONTRIBUTING.read_text(), re.MULTILINE)
    return tuple(phrase for row in rows[1:] for phrase in row.split(", "))


def places(texts: Mapping[str, str], phrases: Iterable[str]) -> Iterator[Place]:
    """Find the phrases as whole words, also where a line of prose or of a comment breaks in them."""
    # \b would find a word in its compounds with a hyphen.
    words = "|".join(phrase.replace(" ", GAP) for phrase in phrases)
    pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)
    for path, text in texts.items():
        for match in pattern.finditer(text):
            phrase = re.sub(GAP, " ", match[0]).lower()
            yield Place(path, text.count("\n", 0, match.start()) + 1, phrase)


def written(root: Path) -> dict[str, str]:
    """Read what people wrote, by its path from the root: code, documents, templates, tests.

    Migrations are left out, because they do not change once they have run.
    """
    tops = [root / ".github", *(path for path in root.glob("[!.]*") if path.name not in NOT_KEPT)]
    found = [path for top in tops for path in (top, *top.rglob("*"))]
    names = {path.relative_to(root).as_posix(): path for path in found if path.suffix in TEXTS}
    return {
        name: path.read_text()
        for name, path in sorted(names.items())
        if path.is_file() and "/migrations/" not in name and name not in QUOTES_THEM
    }
