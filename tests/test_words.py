"""Our text is plain English. CONTRIBUTING.md has the refused words, and better ones."""

from tests.support.documents import ROOT
from tools.house.words import places, refused, written


def test_text_has_no_refused_word() -> None:
    assert [str(place) for place in places(written(ROOT), refused())] == []


def test_table_of_refused_words_is_read() -> None:
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
