"""Calls from pages of other sites: only allowed origins, only with a token."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.support.clients import Answer
from tests.support.documents import ROOT

FRIEND = "https://school.example"
STRANGER = "https://stranger.example"


@pytest.fixture
def friendly(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [FRIEND]


def preflight(
    client: Client, address: str = "/run", origin: str = FRIEND, method: str = "POST"
) -> Answer:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,prefer",
    }
    return client.options(address, headers=headers)


def listed(answer: Answer, header: str) -> set[str]:
    return {name.strip().lower() for name in answer[header].split(",")}


@pytest.mark.usefixtures("friendly")
@pytest.mark.parametrize("address", ["/run", "/run/", "/api/batches", "/api/submissions/"])
def test_preflight_needs_no_login_and_no_statement(client: Client, address: str) -> None:
    """Without the mark `django_db`, a statement would fail."""
    answer = preflight(client, address)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Access-Control-Allow-Origin"] == FRIEND
    assert "POST" in answer["Access-Control-Allow-Methods"]
    asked = {"authorization", "content-type", "idempotency-key", "prefer"}
    assert asked <= listed(answer, "Access-Control-Allow-Headers")
    assert int(answer["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.usefixtures("friendly")
@pytest.mark.django_db
def test_page_of_an_allowed_origin_runs_with_a_token(
    alice: User, client: Client, token_of: Callable[..., dict[str, str]], settings: Settings
) -> None:
    settings.RUN_RATE = "2/d"
    headers = {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site", **token_of(alice)}
    answers = [
        client.post("/run", {"code": ""}, content_type="application/json", headers=headers)
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    for answer in answers:
        assert answer["Access-Control-Allow-Origin"] == FRIEND
        assert "origin" in answer["Vary"].lower()
        exposed = listed(answer, "Access-Control-Expose-Headers")
        sent = {name.lower() for name in answer.headers}
        assert sent & {"ratelimit-limit", "retry-after", "x-request-id"} <= exposed
    assert "retry-after" in {name.lower() for name in answers[-1].headers}


@pytest.mark.usefixtures("friendly")
@pytest.mark.parametrize(
    "origin",
    [
        STRANGER,
        "null",
        "http://school.example",
        f"{FRIEND}.evil.example",
        f"{FRIEND}:8443",
        "x" * 9999,
    ],
)
def test_other_origin_is_not_allowed(client: Client, origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(client, origin=origin)


@pytest.mark.parametrize("address", ["/run", "/api/submissions/"])
def test_nobody_is_allowed_by_default(client: Client, address: str) -> None:
    answer = preflight(client, address)
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.usefixtures("friendly")
@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/running", "/apis", "/healthz"])
def test_pages_are_not_opened_to_any_origin(client: Client, address: str) -> None:
    answer = client.get(address, headers={"Origin": FRIEND})
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.usefixtures("friendly")
@pytest.mark.django_db
def test_password_of_a_browser_is_no_way_in(
    alice: User, client: Client, basic: Callable[[str, str], dict[str, str]]
) -> None:
    headers = {"Origin": FRIEND, **basic("alice", "correct horse battery staple")}
    answer = client.post("/run", {"code": "1"}, content_type="application/json", headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "value",
    ["*", "https://*.example.org", "example.org", "https://example.org/", "null", "ftp://a"],
)
def test_value_that_is_no_origin_stops_the_start(value: str) -> None:
    made = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env={**os.environ, "CORS_ALLOWED_ORIGINS": f"{FRIEND},{value}"},
        capture_output=True,
        text=True,
    )
    assert made.returncode == 1
    assert "CORS_ALLOWED_ORIGINS" in made.stderr


def test_several_origins_are_read() -> None:
    code = "import json, config.settings as s; print(json.dumps(s.CORS_ALLOWED_ORIGINS))"
    origins = [FRIEND, "http://localhost:3000", "http://[::1]:8080"]
    made = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "CORS_ALLOWED_ORIGINS": ", ".join(origins)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(made.stdout) == origins
