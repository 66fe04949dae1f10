"""Fixtures of several modules here."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from executor import RunResult
from submissions.webhooks import sender
from tests.support.ends import ending_with
from tests.support.resolving import Resolver, resolver


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[RunResult | Exception]]:
    """Have runs end with these results, or raise them, in turn; the last one stays."""
    return ending_with(monkeypatch)


@pytest.fixture(autouse=True)
def _fresh_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget for how long other tests have sent for users with the same numbers."""
    monkeypatch.setattr(sender, "_turns", sender.turns())


@pytest.fixture
def private_receivers(settings: Settings) -> None:
    """Allow webhooks to loopback, as an operator with private receivers does."""
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_PRIVATE = [ip_network("127.0.0.0/8")]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    return resolver(monkeypatch)


@pytest.fixture
def days_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Move the service's clock on."""
    real = timezone.now

    def move(days: Any) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days))

    return move
