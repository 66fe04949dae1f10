"""`manage.py check --deploy`: findings about the settings of the site."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from submissions.ops import checks


def ids(check: Callable[..., list[Any]]) -> Any:
    return [message.id for message in check(None)]


def test_audit_should_have_a_key_of_its_own(settings: Settings) -> None:
    settings.EXECUTOR_DISPATCH = "inline"
    settings.AUDIT_KEY = settings.SECRET_KEY
    assert ids(checks.secrets_are_secret) == ["submissions.W001"]
    settings.AUDIT_KEY = "another"
    assert ids(checks.secrets_are_secret) == []


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("amqp://guest:guest@broker/", ["submissions.E001"]),
        ("amqp://broker/", ["submissions.E001"]),
        ("amqp://site:5up3r-s3cr3t@broker/", []),
    ],
)
def test_broker_needs_a_password(settings: Settings, address: str, found: list[str]) -> None:
    settings.AUDIT_KEY = "another"
    settings.EXECUTOR_DISPATCH, settings.BROKER_URL = "celery", address
    assert ids(checks.secrets_are_secret) == found


@pytest.mark.parametrize(("password", "found"), [("", True), ("postgres", True), ("5up3r", False)])
def test_database_on_the_network_needs_a_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, password: str, found: bool
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "db")
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", password)
    assert ("submissions.E002" in ids(checks.secrets_are_secret)) is found


def test_mail_should_not_go_to_the_log(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert ids(checks.nothing_secret_is_written_down) == ["submissions.W002"]


def test_whole_domain_is_noted(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["example.org", ".example.org"]
    assert ids(checks.hosts_are_named) == ["submissions.W003"]


def test_plain_http_over_a_network_is_noted(settings: Settings) -> None:
    settings.IS_EXPOSED = True
    assert ids(checks.is_not_read_on_the_way) == ["submissions.W004"]


def test_command_asks_all_of_them(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.EXECUTOR_DISPATCH, settings.BROKER_URL = "celery", "amqp://guest:guest@broker/"
    with pytest.raises(SystemCheckError, match=r"submissions\.E001"):
        call_command("check", "--deploy")
