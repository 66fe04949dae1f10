"""Fixtures of several modules here."""

from collections.abc import Callable

import pytest

from executor import RunResult
from tests.support.ends import ending_with


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[RunResult | Exception]]:
    """Have runs end with these results, or raise them, in turn; the last one stays."""
    return ending_with(monkeypatch)
