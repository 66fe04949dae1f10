"""POST /run: the answer for a program, and the stored row."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from executor import EngineUnavailable
from submissions.lifecycle.models import Status, Submission
from tests.support.clients import Answer, AsUser
from tests.support.present import present

pytestmark = pytest.mark.django_db


@pytest.mark.docker
def test_program_runs_and_is_stored(alice: User, as_user: AsUser) -> None:
    answer = as_user(alice).run("print(2 + 2)", stdin="x", args=["a"])
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["verdict"], body["output"]) == ("finished", "ok", "4\n")
    assert (body["error"], body["exit_code"], body["truncated"]) == (None, 0, False)
    assert body["usage"]["wall_ms"] > 0
    assert body["limits"]["wall_seconds"] == 10
    stored = Submission.objects.get(pk=body["id"])
    assert (stored.user, stored.code, stored.stdin, stored.args) == (
        alice,
        "print(2 + 2)",
        "x\n",
        ["a"],
    )
    assert (stored.status, stored.verdict, stored.stdout) == ("finished", "ok", "4\n")
    assert present(stored.evidence)["exit_code"] == 0
    assert stored.image.startswith("sha256:")
    assert stored.client_address == "127.0.0.1"
    assert stored.via == "session"
    assert stored.created <= present(stored.started) <= present(stored.finished)


@pytest.mark.docker
def test_program_that_fails_is_still_a_200(alice: User, as_user: AsUser) -> None:
    body = as_user(alice).run("1/0").json()
    assert body["verdict"] == "runtime_error"
    assert body["error"] == "ZeroDivisionError: division by zero (line 1)"
    assert "Traceback" in body["stderr"]


@pytest.mark.docker
def test_javascript_runs(alice: User, as_user: AsUser) -> None:
    body = as_user(alice).run("console.log(process.argv[2])", language="javascript", args=["é"])
    assert body.json()["output"] == "é\n"


@pytest.mark.docker
def test_code_is_run_as_it_was_sent(alice: User, as_user: AsUser) -> None:
    body = as_user(alice).run("\n\nprint(__import__('inspect').stack()[0].lineno)  \n")
    assert body.json()["output"] == "3\n"


@pytest.mark.docker
def test_output_of_any_bytes_is_valid_json(alice: User, as_user: AsUser) -> None:
    code = "import os; os.write(1, bytes(range(256))); os.write(2, b'\\xff\\x00\\xed\\xa0\\x80')"
    answer = as_user(alice).run(code)
    assert answer.json()["output"].startswith("\ufffd\x01")
    assert Submission.objects.get().stdout == answer.json()["output"]


@pytest.mark.docker
@pytest.mark.parametrize("keyword", ["Bearer", "Token"])
def test_token_is_a_way_in_and_is_noted(
    alice: User, client: Client, token_of: Callable[..., dict[str, str]], keyword: str
) -> None:
    answer = client.post(
        "/run", {"code": "1"}, content_type="application/json", headers=token_of(alice, keyword)
    )
    assert answer.status_code == 200
    stored = Submission.objects.get()
    assert stored.via == "token"
    assert stored.token_key == alice.auth_token_set.get().token_key


def test_stranger_is_refused(client: Client) -> None:
    answer = client.post("/run", {"code": "1"}, content_type="application/json")
    assert answer.status_code == 401
    assert not Submission.objects.exists()


def test_session_without_csrf_token_is_refused(alice: User, as_user: AsUser) -> None:
    assert as_user(alice, enforce_csrf_checks=True).run().status_code == 403


def test_engine_that_is_away_is_a_503_and_a_stored_internal_error(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise EngineUnavailable("no answer")

    monkeypatch.setattr("submissions.lifecycle.attempt.execute", away)
    answer = as_user(alice).run()
    stored = Submission.objects.get()
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) >= 1
    assert str(stored.pk) in answer.json()["detail"]
    assert (stored.status, stored.verdict) == (Status.FINISHED, "internal_error")


@pytest.mark.inline
def test_unexpected_error_ends_the_run(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("submissions.lifecycle.attempt.execute", broken)
    client = as_user(alice, raise_request_exception=False)
    assert client.run().status_code == 503
    assert Submission.objects.get().verdict == "internal_error"


def test_browsable_page_offers_an_example(alice: User, as_user: AsUser) -> None:
    answer = as_user(alice).get("/run", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Hello World" in page
    assert "&quot;language&quot;: &quot;python&quot;" in page
    assert "&quot;read_only&quot;: true" in page
    assert "<code>verdict</code>" in page  # the description is Markdown


@pytest.mark.inline
def test_plain_run_costs_thirteen_statements(
    alice: User,
    client: Client,
    token_of: Callable[..., dict[str, str]],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """Token (2), rate (2), accepted (6, its transaction's ends included), finished, settled (2)."""
    header = token_of(alice)
    body = {"code": "1"}

    def post() -> Answer:
        return client.post("/run", body, content_type="application/json", headers=header)

    assert post().status_code == 200
    with django_assert_max_num_queries(13):
        assert post().status_code == 200
