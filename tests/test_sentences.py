"""Sentences that readers did not understand do not come back."""

import re

from tests.support.documents import ROOT
from tools.house.words import GAP, written

OLD = (ROOT / "tests/support/old_sentences.txt").read_text().splitlines()


def pattern(sentence: str) -> str:
    """Match the sentence also where a line breaks in it."""
    return GAP.join(re.escape(word) for word in sentence.split())


def test_no_page_message_or_document_has_an_old_sentence() -> None:
    texts = {
        path: text
        for path, text in written(ROOT).items()
        if path not in {"CHANGELOG.md"} and not path.startswith("tests/")
    }
    found = [
        (path, sentence)
        for sentence in OLD
        for path, text in texts.items()
        if re.search(pattern(sentence), text)
    ]
    assert found == []
