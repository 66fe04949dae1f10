"""Our text is plain English. CONTRIBUTING.md has the refused words, and better ones."""

from functools import cache

from tests.support.documents import ROOT, text
from tools.house.words import Place, places, refused, written

LEFT = set(text("tests/words_left.txt").split())
"""The files that still have refused words."""


@cache
def found() -> dict[str, list[Place]]:
    """Find the places of refused words, by path."""
    by_path: dict[str, list[Place]] = {}
    for place in places(written(ROOT), refused()):
        by_path.setdefault(place.path, []).append(place)
    return by_path


def test_text_has_no_refused_word():
    assert [str(place) for name in found().keys() - LEFT for place in found()[name]] == []


def test_list_of_files_with_refused_words_only_shrinks():
    assert LEFT - found().keys() == set(), "take these out of tests/words_left.txt"


def test_table_of_refused_words_is_read():
    texts = {
        "a.py": "Anew,\nso\n    # many time-outs",
        "b.md": "a time-out",
        "c": "renewed, also many",
    }
    assert [str(place) for place in places(texts, refused())] == [
        "a.py:1: anew",
        "a.py:2: so many",
        "b.md:1: time-out",
    ]
