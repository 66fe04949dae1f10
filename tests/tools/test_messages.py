"""The better sentences for the pages of allauth and of Django's admin."""

from pathlib import Path

import allauth
from babel.messages.pofile import read_po
from django.contrib import auth

from tests.support.present import present
from tools.messages import SOURCE, compiled


def test_the_compiled_sentences_are_those_of_the_source() -> None:
    assert SOURCE.with_suffix(".mo").read_bytes() == compiled()


def test_each_sentence_replaces_one_that_a_package_has() -> None:
    known = set()
    for package in (allauth, auth):
        path = Path(present(package.__file__)).parent / "locale/de/LC_MESSAGES/django.po"
        with path.open("rb") as theirs:
            known |= {one.id for one in read_po(theirs)}
    with SOURCE.open("rb") as ours:
        assert [one.id for one in read_po(ours) if one.id not in known] == []
