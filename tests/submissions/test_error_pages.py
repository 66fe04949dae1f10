"""Errors: a page for people, JSON for programs, and no internals in either."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError
from django.test import Client
from django.urls import path
from pytest_django import Settings

from config.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401
from tests.support.clients import Answer, AsUser
from tests.support.documents import ROOT
from tests.support.factories import make_submission

RAISED = {
    "suspicious": (SuspiciousOperation, 400),
    "overflow": (OverflowError, 400),
    "data": (DataError, 400),
    "forbidden": (PermissionDenied, 403),
    "broken": (ZeroDivisionError, 500),
}
INSIDE = ("Traceback", str(ROOT), "site-packages", "DJANGO_", "SECRET", "top secret", ".py")


def failing(name: str) -> Callable[..., Any]:
    def view(request: Any) -> None:
        raise RAISED[name][0]("top secret")

    return view


urlpatterns = [
    *(path(f"{place}fails/{name}/", failing(name)) for name in RAISED for place in ("", "api/")),
    *urlpatterns,
]


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def is_page(answer: Answer) -> bool:
    text = answer.content.decode()
    assert not any(word in text for word in INSIDE)
    assert 'class="brand"' in text
    assert len(text) < 10_000
    return answer["Content-Type"].startswith("text/html")


def is_json(answer: Answer, code: str) -> bool:
    assert not any(word in answer.content.decode() for word in INSIDE)
    assert answer.json()["code"] == code
    assert answer.json()["detail"]
    return answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", RAISED)
def test_view_that_fails_shows_nothing_of_the_inside(
    visitor: Client, settings: Settings, name: str
) -> None:
    settings.ROOT_URLCONF = __name__
    status = RAISED[name][1]
    page, answer = visitor.get(f"/fails/{name}/"), visitor.get(f"/api/fails/{name}")
    assert page.status_code == answer.status_code == status
    assert is_page(page)
    assert is_json(answer, {400: "bad_request", 403: "permission_denied", 500: "error"}[status])


@pytest.mark.parametrize("address", ["/", "/api/", "/nowhere"])
def test_wrong_host_learns_nothing(visitor: Client, address: str) -> None:
    answer = visitor.get(address, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert is_json(answer, "bad_request") if address == "/api/" else is_page(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/nowhere", "/lab/nowhere/", "/static/nowhere.css"])
def test_page_that_is_not_there(visitor: Client, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 404
    assert is_page(answer)


@pytest.mark.parametrize("address", ["/api/nowhere", "/api/nowhere/", "/run//", "/api//"])
def test_api_address_that_is_not_there(visitor: Client, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 404
    assert is_json(answer, "not_found")


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "application/json", "application/json, text/plain, */*", "text/event-stream", ";"],
)
def test_api_answers_in_json_whatever_a_program_accepts(visitor: Client, accept: str) -> None:
    headers = {"Accept": accept} if accept else {}
    for address in ("/api/nowhere", "/api/", "/run"):
        answer = visitor.get(address, headers=headers)
        assert answer.status_code in {401, 404, 406}
        assert is_json(answer, answer.json()["code"])
        assert answer.json().keys() == {"code", "detail", "fields"}


@pytest.mark.django_db
def test_browser_gets_a_page_for_an_api_address_that_is_not_there(visitor: Client) -> None:
    answer = visitor.get("/api/nowhere", headers={"Accept": BROWSER})
    assert answer.status_code == 404
    assert is_page(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["application/json", "application/json, text/html;q=0.5"])
def test_script_of_a_page_gets_json_if_it_asks_for_it(visitor: Client, accept: str) -> None:
    answer = visitor.get("/nowhere", headers={"Accept": accept})
    assert answer.status_code == 404
    assert is_json(answer, "not_found")


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options", "head"])
def test_api_address_is_the_same_with_and_without_a_slash(
    alice: User, as_user: AsUser, method: str
) -> None:
    client = as_user(alice)
    addresses = [
        "/run",
        "/api",
        "/api/batches",
        "/api/languages",
        "/api/submissions",
        "/api/schema",
    ]
    for address in addresses:
        one, other = (getattr(client, method)(f"{address}{end}") for end in ("", "/"))
        assert one.status_code == other.status_code
        assert one.status_code not in {301, 302, 404}
        assert one.content == other.content


@pytest.mark.django_db
def test_write_without_the_slash_is_done_once(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    body = {"submissions": [{"code": "1"}]}
    key = {"Idempotency-Key": "one"}
    made = [
        client.post(address, body, content_type="application/json", headers=key)
        for address in ("/api/batches", "/api/batches/")
    ]
    assert [answer.status_code for answer in made] == [202, 202]
    assert made[0].json()["id"] == made[1].json()["id"]
    batch = client.get(f"/api/batches/{made[0].json()['id']}")
    assert batch.status_code == 200
    assert client.post(f"/api/batches/{batch.json()['id']}/cancel").status_code == 200


@pytest.mark.django_db
def test_links_of_a_list_are_to_the_listed_address(alice: User, as_user: AsUser) -> None:
    for _ in range(2):
        make_submission(alice)
    listed = as_user(alice).get("/api/submissions?page_size=1").json()
    assert listed["next"] == "http://testserver/api/submissions/?page=2&page_size=1"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_write_to_a_page_without_the_slash_names_the_address(visitor: Client, method: str) -> None:
    answer = getattr(visitor, method)("/playground/run")
    assert answer.status_code == 404
    assert "/playground/run/" in answer.content.decode()


def test_read_without_the_slash_is_redirected(visitor: Client) -> None:
    assert visitor.get("/submissions")["Location"] == "/submissions/"


@pytest.mark.django_db
def test_form_without_its_token(visitor: Client) -> None:
    answer = visitor.post("/accounts/login/", {"login": "alice"})
    assert answer.status_code == 403
    assert is_page(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/signup/", "/admin/"])
def test_form_of_a_megabyte_is_refused_before_it_is_looked_at(client: Client, address: str) -> None:
    answer = client.post(address, {"login": "x" * 100_000})
    assert answer.status_code == 413
    assert is_page(answer)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"code": "x" * 1_100_000}, 413),
        ({f"field{number}": "" for number in range(600)}, 400),
    ],
    ids=["two megabytes", "600 fields"],
)
def test_form_that_is_too_large_is_refused(
    alice: User, as_user: AsUser, fields: dict[str, Any], status: int
) -> None:
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    form = "application/x-www-form-urlencoded"
    answer = as_user(alice).post("/playground/run/", body, content_type=form)
    assert answer.status_code == status
    assert is_page(answer)
