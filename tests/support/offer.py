"""Changes what this process offers, for one test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from executor.conf import config
from executor.languages import LANGUAGES


@contextmanager
def offering(*slugs: str) -> Iterator[None]:
    """Offer these languages alone, as EXECUTOR_LANGUAGES does."""
    made, before = config(), config().languages
    object.__setattr__(made, "languages", slugs)  # one frozen object, which all modules share
    try:
        yield
    finally:
        object.__setattr__(made, "languages", before)


@contextmanager
def changed(slug: str, **fields: Any) -> Iterator[None]:
    """Change fields of a language's definition."""
    with patch.dict(LANGUAGES, {slug: replace(LANGUAGES[slug], **fields)}):
        yield
