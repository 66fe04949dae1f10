"""The better sentences for allauth's pages."""

from pathlib import Path

import allauth
from babel.messages.pofile import read_po

from tools.messages import SOURCE, compiled


def test_the_compiled_sentences_are_those_of_the_source():
    assert SOURCE.with_suffix(".mo").read_bytes() == compiled()


def test_each_sentence_replaces_one_that_allauth_has():
    known = Path(allauth.__file__).parent / "locale/de/LC_MESSAGES/django.po"
    with known.open("rb") as theirs, SOURCE.open("rb") as ours:
        catalogue = read_po(theirs)
        unknown = [one.id for one in read_po(ours) if one.id and one.id not in catalogue]
    assert unknown == []
