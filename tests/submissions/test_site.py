"""Headers of every answer, and refusals to start with unsafe settings."""

import os
import re
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, RequestFactory
from pytest_django import Settings
from rest_framework.request import Request

from submissions.accounts.models import ApiToken
from submissions.audit.accounts import account_notes
from submissions.audit.models import Action, AuditEntry
from submissions.http.origin import origin_of, origin_of_page
from tests.support.clients import PASSWORD, AsUser
from tests.support.documents import ROOT

KEY = "k" * 40


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/accounts/signup/", "/api/docs/"])
def test_pages_are_under_a_strict_policy(client: Client, address: str) -> None:
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/accounts/signup/"])
def test_own_pages_hold_no_inline_script_or_style(client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    assert re.findall(r"<script(?![^>]* src=)[^>]*>", page) == []
    assert "<style" not in page
    assert "style=" not in page
    assert " onclick" not in page


@pytest.mark.django_db
def test_page_that_shows_a_token_is_not_kept_by_the_browser(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    asked = client.post("/accounts/tokens/", {"name": "laptop", "days": "1"})
    known = {"password": PASSWORD, "next": "/accounts/tokens/"}
    answer = client.post(asked["Location"], known)
    assert "sce_" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def settings_with(
    tmp_path: Path, shown: Any = "SECRET_KEY", **environment: Any
) -> CompletedProcess[str]:
    """Start with these variables; print the value of an expression in the settings."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DJANGO_")
        and name not in {"BIND", "TRUSTED_PROXIES", "EXECUTOR_DISPATCH"}
    }
    return subprocess.run(
        [sys.executable, "-c", f"import config.settings as s; print(s.{shown})"],
        env={**clean, "VAR_DIR": str(tmp_path), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


CELERY = {
    "EXECUTOR_DISPATCH": "celery",
    "BROKER_URL": "amqp://x:y@z/",
    "DATABASE_URL": "postgres://x:y@z/db",
}
NAMES = ["e2b", "jobe", "judge0", "librechat", "piston"]
"""The dialects."""
PRODUCTION = {
    "DJANGO_HTTPS": "yes",
    "DJANGO_SECRET_KEY": KEY,
    "DJANGO_ALLOWED_HOSTS": "example.org",
}


def test_production_starts_with_all_it_needs(tmp_path: Path) -> None:
    assert settings_with(tmp_path, **PRODUCTION).returncode == 0


SECURE = (
    "EXECUTOR_DIALECTS == []"
    " and s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.SECURE_SSL_REDIRECT"
    " and s.SECURE_HSTS_SECONDS > 0 and not s.DEBUG and not s.EXECUTOR_ABLATION"
)


@pytest.mark.parametrize(
    "reached_by",
    [
        {"DJANGO_HTTPS": "yes"},
        {"DJANGO_ALLOWED_HOSTS": "example.org"},
        {"BIND": "0.0.0.0:5000"},
        {"BIND": "[::]:5000"},
        {"TRUSTED_PROXIES": "1"},
    ],
    ids=str,
)
def test_site_that_others_reach_is_secure_by_default(
    tmp_path: Path, reached_by: dict[str, Any]
) -> None:
    environment = {"DJANGO_SECRET_KEY": KEY, "DJANGO_ALLOWED_HOSTS": "localhost", **reached_by}
    assert settings_with(tmp_path, SECURE, **environment).stdout.strip() == "True"


def test_site_for_this_machine_works_by_plain_http_and_without_debug_pages(tmp_path: Path) -> None:
    shown = "DEBUG, s.HTTPS, hasattr(s, 'SESSION_COOKIE_SECURE'), s.ALLOWED_HOSTS"
    found = settings_with(
        tmp_path, f"{shown}, s.EXECUTOR_ABLATION, s.LOG_FORMAT, s.EXECUTOR_DIALECTS"
    )
    hosts = ["127.0.0.1", "localhost", "[::1]"]
    assert found.stdout.strip() == f"False False False {hosts} True line {NAMES}"


def test_debug_pages_are_shown_on_request(tmp_path: Path) -> None:
    assert settings_with(tmp_path, "DEBUG", DJANGO_DEBUG="yes").stdout.strip() == "True"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DJANGO_SECRET_KEY": ""}, "DJANGO_SECRET_KEY"),
        ({"DJANGO_SECRET_KEY": "short"}, "DJANGO_SECRET_KEY"),
        ({"DJANGO_ALLOWED_HOSTS": ""}, "DJANGO_ALLOWED_HOSTS"),
        ({"DJANGO_ALLOWED_HOSTS": "*"}, "DJANGO_ALLOWED_HOSTS"),
        ({"DJANGO_ALLOWED_HOSTS": "*", "DJANGO_HTTPS": "no"}, "DJANGO_ALLOWED_HOSTS"),
        ({"DJANGO_DEBUG": "yes"}, "DJANGO_DEBUG"),
        ({"DJANGO_DEBUG": "yes", "DJANGO_HTTPS": "no"}, "DJANGO_DEBUG"),
        ({"DJANGO_HTTPS": "maybe"}, "DJANGO_HTTPS"),
        ({"VAR_DIR": "/tmp"}, "VAR_DIR"),
        ({"DJANGO_ALLOWED_HOSTS": "example.org,*.example.org"}, "DJANGO_ALLOWED_HOSTS"),
        (
            {"EXECUTOR_DISPATCH": "celery", "BROKER_URL": ""},
            "EXECUTOR_DISPATCH=celery needs BROKER_URL",
        ),
        (
            {"EXECUTOR_DISPATCH": "celery", "BROKER_URL": "amqp://x:y@z/", "DATABASE_URL": ""},
            "EXECUTOR_DISPATCH=celery needs DATABASE_URL",
        ),
        ({"BROKER_PREFIX": 32 * "x"}, "BROKER_PREFIX has more than 31 characters"),
        ({"EXECUTOR_LANGUAGES": "python,cobol"}, "EXECUTOR_LANGUAGES: 'cobol'"),
        ({"EXECUTOR_LANGUAGES": "javascript"}, "EXECUTOR_LANGUAGES must name python"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
        ({"EXECUTOR_DIALECTS": "piston,basic"}, "EXECUTOR_DIALECTS: 'basic' is not one of e2b"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN"),
        ({"DJANGO_DEBUG": "maybe"}, "DJANGO_DEBUG"),
        ({"EXECUTOR_MEMORY_BYTES": "much"}, "EXECUTOR_MEMORY_BYTES"),
        ({"EXECUTOR_MEMORY_BYTES": "0"}, "EXECUTOR_MEMORY_BYTES"),
        ({"EXECUTOR_WALL_SECONDS": "-1"}, "EXECUTOR_WALL_SECONDS"),
        ({"EXECUTOR_WALL_SECONDS": "nan"}, "EXECUTOR_WALL_SECONDS"),
        ({"EXECUTOR_MAX_RUNS": "0"}, "EXECUTOR_MAX_RUNS"),
        ({"STORAGE_BYTES_PER_DAY": "128K"}, "STORAGE_BYTES_PER_DAY"),
        ({"AUDIT_HOLD_DAYS": "91"}, "AUDIT_HOLD_INCIDENT_DAYS"),
        ({"RETENTION_DAYS": "-1"}, "RETENTION_DAYS"),
        ({"DJANGO_SECRET_KEY_FILE": "/nonexistent"}, "DJANGO_SECRET_KEY_FILE"),
        ({"WEB_THREADS": "many"}, "WEB_THREADS='many'"),
        ({"EXECUTOR_EXTRA_RUNS": "0"}, "EXECUTOR_EXTRA_RUNS"),
        ({"EXECUTOR_EXTRA_RUNS": "5000", "EXECUTOR_UIDS": "10000-18000"}, "EXECUTOR_UIDS"),
        ({"EXECUTOR_MAX_RUNS": "4", "RUN_MAX_PER_USER": "4"}, "RUN_MAX_PER_USER=4 lets one user"),
        ({"RUN_MAX_PER_USER": "0"}, "RUN_MAX_PER_USER=0 lets one user"),
        ({"STREAM_MAX": "6", "STREAM_MAX_PER_USER": "3"}, "STREAM_MAX_PER_USER=3 lets one user"),
        ({"STREAM_MAX": "1"}, "STREAM_MAX='1'"),
        (
            {"QUEUE_MAX": "200", "QUEUE_MAX_PER_USER": "200"},
            "QUEUE_MAX_PER_USER=200 lets one user",
        ),
        ({"QUEUE_MAX": "1"}, "QUEUE_MAX='1'"),
        ({"EXECUTOR_MAX_RUNS": "4", "WEB_THREADS": "67"}, "WEB_THREADS=67 is too few"),
        ({**CELERY, "WEB_THREADS": "27"}, "WEB_THREADS=27 is too few"),
    ],
)
def test_invalid_setting_stops_the_start(
    tmp_path: Path, changed: dict[str, Any], named: str
) -> None:
    refused = settings_with(tmp_path, **{**PRODUCTION, **changed})
    assert refused.returncode != 0
    assert f"ImproperlyConfigured: {named}" in refused.stderr


@pytest.mark.parametrize(
    "changed",
    [
        {"EXECUTOR_MAX_RUNS": "4"},
        {"EXECUTOR_MAX_RUNS": "2"},
        {"EXECUTOR_MAX_RUNS": "64"},
        {"EXECUTOR_MAX_RUNS": "4", "WEB_THREADS": "68"},
        {"RUN_MAX_PER_USER": "0", "SIGNUP_OPEN": "no"},
        {"QUEUE_MAX": "2"},
        {"QUEUE_MAX": "100"},
        {"STREAM_MAX": "2"},
        {"STREAM_MAX": "3"},
        {"STREAM_MAX": "6"},
        {"STREAM_MAX": "6", "STREAM_MAX_PER_USER": "2"},
        {
            "EXECUTOR_MAX_RUNS": "4",
            "EXECUTOR_MAX_WAITING": "5",
            "STREAM_MAX": "2",
            "WEB_THREADS": "32",
        },
        CELERY,
        {**CELERY, "EXECUTOR_MAX_RUNS": "64", "WEB_THREADS": "32"},
    ],
)
def test_defaults_leave_something_for_others_on_a_machine_of_any_size(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    assert settings_with(tmp_path, **{**PRODUCTION, **changed}).stderr == ""


def test_secret_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    environment = {**PRODUCTION, "DJANGO_SECRET_KEY": "", "DJANGO_SECRET_KEY_FILE": str(file)}
    assert settings_with(tmp_path, **environment).stdout.strip() == KEY


def test_development_key_is_random_kept_and_private(tmp_path: Path) -> None:
    first, second = settings_with(tmp_path), settings_with(tmp_path)
    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_first_users_are_made_once(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_first_users")
    shown = capsys.readouterr().out
    token = next(word for word in shown.split() if word.startswith("sce_"))
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/", headers=bearer).status_code == 200
    call_command("create_first_users")
    assert "sce_" not in capsys.readouterr().out
    assert ApiToken.objects.count() == 1


@pytest.mark.django_db
def test_rights_of_the_first_administrator_are_in_the_audit() -> None:
    call_command("create_first_users")
    entry = AuditEntry.objects.get(action=Action.ACCOUNT)
    admin = User.objects.get(username="admin")
    assert (entry.data["user"], entry.data["by"]) == (admin.pk, admin.pk)
    assert account_notes.note_found() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "127.0.0.1"), (1, "192.0.2.7"), (2, "203.0.113.9")]
)
def test_address_in_the_audit_ignores_the_clients_header(
    settings: Settings, rf: RequestFactory, alice: User, proxies: int, address: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    said = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 192.0.2.7", "X-Real-IP": "6.6.6.6"}
    assert origin_of(Request(rf.post("/run", headers=said))).client_address == address


def test_page_is_used_by_session_whatever_header_comes_along(rf: RequestFactory) -> None:
    request = rf.post("/playground/run/", headers={"Authorization": "Basic eDp5"})
    assert origin_of_page(request).via == "session"


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [
        ({}, "True"),
        ({"BIND": "0.0.0.0:5000", "DJANGO_HTTPS": "no"}, "False"),
        ({"DJANGO_HTTPS": "yes"}, "False"),
        ({"TRUSTED_PROXIES": "1", "DJANGO_HTTPS": "no"}, "False"),
        ({"WEBHOOK_ALLOW_LOOPBACK": "no"}, "False"),
    ],
)
def test_webhook_to_loopback_is_allowed_by_default_only_where_this_machine_alone_is_served(
    environment: dict[str, Any], allowed: str
) -> None:
    given = {"DJANGO_SECRET_KEY": "k" * 50, "DJANGO_ALLOWED_HOSTS": "localhost", **environment}
    code = "import config.settings as s; print(s.WEBHOOK_ALLOW_LOOPBACK)"
    made = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout.strip() == allowed
