"""An error stays below 10 KB, whatever the request has that an answer might repeat."""

from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.clients import AsUser

pytestmark = pytest.mark.django_db

MOST_BYTES = 10 * 1024
WIDE = "\U0001f600"
"""Four bytes in UTF-8, twelve in an address."""
MARKUP = "<b>&'\""


@pytest.fixture(params=["application/json", "text/html"])
def accept(request: pytest.FixtureRequest) -> Any:
    return {"Accept": request.param}


@pytest.mark.parametrize("text", [WIDE, MARKUP, "a"])
@pytest.mark.parametrize(
    "start", ["/docs/", "/shared/", "/api/submissions/", "/lab/matrix/x/", "/"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("length", [70, 5000])
def test_long_path_is_not_repeated(
    alice: User, as_user: AsUser, accept: Any, start: str, text: str, method: str, length: int
) -> None:
    client = as_user(alice)
    address = start + quote(text * length, safe="")
    answer = client.generic(method, address, headers=accept)
    if length == 70 and answer.status_code < 400:
        return  # a redirect to the address with a slash
    assert 400 <= answer.status_code < 500
    assert len(answer.content) < MOST_BYTES


@pytest.mark.parametrize("address", ["/run", "/api/", "/", "/accounts/access/revoke/", "/wrong/"])
@pytest.mark.parametrize("is_known", [True, False])
def test_long_method_is_refused_and_not_repeated(
    alice: User,
    as_user: AsUser,
    client: Client,
    accept: Any,
    address: str,
    is_known: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    visitor = as_user(alice) if is_known else client
    with caplog.at_level("INFO", "access"):
        answer = visitor.generic("A" * 60_000, address, headers=accept)
    assert answer.status_code == 400
    assert len(answer.content) < MOST_BYTES
    assert len(caplog.text) < MOST_BYTES


@pytest.mark.parametrize("name", ["page", "status", "created_after", "search", "wrong", "wait"])
@pytest.mark.parametrize("text", [WIDE, MARKUP])
@pytest.mark.parametrize("is_known", [True, False])
def test_long_parameter_of_the_api_is_not_repeated(
    alice: User, as_user: AsUser, client: Client, accept: Any, name: str, text: str, is_known: bool
) -> None:
    visitor = as_user(alice) if is_known else client
    query = {name: text * (3900 // len(text))}
    answer = visitor.get("/api/submissions/", query, headers=accept)
    assert answer.status_code == (401 if not is_known else 404 if name == "page" else 400)
    assert len(answer.content) < MOST_BYTES


def test_address_of_too_many_attempts_is_not_repeated_if_it_is_long(client: Client) -> None:
    for _ in range(60):
        answer = client.post(
            f"/accounts/login/?next=/{quote(WIDE * 3000)}", {"login": "alice", "password": "wrong"}
        )
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert len(answer.content) < MOST_BYTES
