"""Our text is plain English. CONTRIBUTING.md has the refused words, and better ones."""

import re
from functools import cache

from tests.support.documents import text, texts

QUOTES_THEM = {"CONTRIBUTING.md", "LICENSE", "tests/test_words.py", "tools/house/words.py"}
LEFT = set(text("tests/words_left.txt").split())
"""The files that still have refused words."""


def refused():
    """The first column of the table as a pattern. A phrase may go over the end of a line."""
    rows = re.findall(r"^\| ([a-z, -]+) \|", text("CONTRIBUTING.md"), re.MULTILINE)
    phrases = [phrase for row in rows[1:] for phrase in row.split(", ")]
    words = "|".join(phrase.replace(" ", r"[\s#*/]+") for phrase in phrases)
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)


def written():
    """All text, without migrations, which do not change once they have run, and without records."""
    ours = {name for name in texts() if "/migrations/" not in name and not name.endswith(".json")}
    return [(name, texts()[name]) for name in ours - QUOTES_THEM]


@cache
def found():
    """The places of refused words, as path:line: word, by path."""
    pattern, places = refused(), {}
    for name, content in written():
        for match in pattern.finditer(content):
            line = content.count("\n", 0, match.start()) + 1
            places.setdefault(name, []).append(f"{name}:{line}: {match[0]}")
    return places


def test_text_has_no_refused_word():
    assert [place for name in found().keys() - LEFT for place in found()[name]] == []


def test_list_of_files_with_refused_words_only_shrinks():
    assert LEFT - found().keys() == set(), "take these out of tests/words_left.txt"


def test_table_of_refused_words_is_read():
    for phrase in ("Anew", "so\n    # many", "time-out"):
        assert refused().search(phrase)
    assert not refused().search("renewed, also many, timeout")
