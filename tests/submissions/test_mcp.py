"""The tools of POST /mcp, and who may call them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from executor import Busy, RunResult, Verdict, default_limits
from submissions.accounts.models import Freeze
from submissions.lifecycle.models import Submission
from submissions.mcp.messages import INVALID_PARAMS
from tests.support.factories import make_submission
from tests.support.mcp import Post, error_of, message, poster, stateless, told, tool

pytestmark = [pytest.mark.django_db, pytest.mark.inline]


@pytest.fixture
def post(alice: User, client: Client, token_of: Callable[..., dict[str, str]]) -> Post:
    return poster(client, token_of(alice))


def test_tools_are_the_same_in_each_revision_and_fit_the_site(
    post: Post, settings: Settings
) -> None:
    settings.CODE_CHARACTERS = 1234
    body, headers = stateless("tools/list")
    newest = post(body, **headers).json()["result"]["tools"]
    assert newest == post(message("tools/list")).json()["result"]["tools"]
    assert [one["name"] for one in newest] == ["run_code", "list_languages", "get_run"]
    code = newest[0]["inputSchema"]["properties"]["code"]
    assert code["maxLength"] == 1234
    assert "10 seconds, 128 MiB of memory" in newest[0]["description"]


def test_tool_that_keeps_something_is_not_called_read_only(post: Post) -> None:
    """A client may call such a tool without asking its user."""
    tools = post(message("tools/list")).json()["result"]["tools"]
    read_only = {one["name"]: one["annotations"]["readOnlyHint"] for one in tools}
    assert read_only == {"run_code": False, "list_languages": True, "get_run": True}


@pytest.mark.docker
def test_failure_of_a_program_is_no_error_of_the_tool(post: Post, alice: User) -> None:
    program = "import sys; print(sys.stdin.read() + '\\x1b[31m' + sys.argv[1]); 1/0"
    answer = post(tool("run_code", code=program, stdin="in", args=["arg"]))
    result = answer.json()["result"]
    assert (answer.status_code, result["isError"]) == (200, False)
    content, text = result["structuredContent"], result["content"][0]["text"]
    assert (content["verdict"], content["exit_code"]) == ("runtime_error", 1)
    assert content["output"] == "in\n\x1b[31marg\n"
    assert text.startswith("verdict: runtime_error\nerror: ZeroDivisionError: division by zero")
    assert "\nhint: " in text
    assert "stdout:\nin\narg\n" in text  # without the colour
    assert "stderr:\nTraceback" in text
    seen = post(tool("get_run", id=content["id"])).json()["result"]
    assert seen == result
    listed = post(tool("list_languages")).json()["result"]
    assert listed["structuredContent"]["languages"][0]["slug"] == "python"
    assert listed["content"][0]["text"].startswith("python: Python 3.")


def test_run_of_another_user_is_as_unknown_as_none(post: Post, bob: User) -> None:
    foreign = make_submission(bob)
    ids: list[Any] = [str(foreign.pk), str(uuid4()), "x", "", None, 5, True, 1e300, [], {}, "\0"]
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    ids.append(deep)
    answers = {told(post(tool("get_run", id=value))) for value in ids}
    assert answers == {"There is no such run, or it is not yours."}


def test_run_that_has_not_ended_tells_its_status(post: Post, alice: User) -> None:
    waiting = make_submission(alice, status="queued", verdict="", stdout="")
    result = post(tool("get_run", id=str(waiting.pk))).json()["result"]
    assert result["structuredContent"]["verdict"] is None
    assert result["content"][0]["text"].startswith("status: queued\n")


def test_full_service_is_an_error_of_the_tool_with_the_seconds(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*args: Any, **options: Any) -> None:
        raise Busy("too many runs are under way", retry_after=7)

    monkeypatch.setattr("submissions.dispatch.local.admit", busy)
    answer = post(tool("run_code", code="1"))
    assert told(answer).endswith("Try again in 7 s.")
    assert answer.json()["result"]["_meta"] == {"code": "busy", "retry_after": 7}
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "There is nothing to run yet."),
        ({"code": 5}, "Send a string."),
        ({"code": "1", "timeout": 5}, "timeout: Unknown argument."),
        ({"code": "1", "args": "x"}, "args: Send a list."),
        ({"code": "\ud800"}, "Surrogate"),
        ({f"name{n}": 1 for n in range(1000)}, "more: … and 995 more."),
    ],
)
def test_argument_that_is_wrong_is_told_to_the_model(
    post: Post, arguments: dict[str, Any], reason: str
) -> None:
    answer = post(tool("run_code", **arguments))
    assert reason in told(answer)
    assert len(answer.content) < 2000


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"name": "rm"},
        {"name": ["run_code"]},
        {"name": "run_code", "arguments": []},
        {"name": "run_code", "arguments": "code"},
    ],
)
def test_call_of_no_tool_is_a_fault(post: Post, params: dict[str, Any]) -> None:
    assert error_of(post(message("tools/call", params))) == (200, INVALID_PARAMS, 7)
    body, headers = stateless("tools/call", **params)
    name = params.get("name")
    headers["Mcp-Name"] = name if isinstance(name, str) else ""
    assert error_of(post(body, **headers))[0] == 400


def test_runs_of_a_batch_count_one_by_one(
    post: Post, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = RunResult(verdict=Verdict.OK, stdout="1", limits=default_limits(), sandbox="x")
    monkeypatch.setattr("submissions.lifecycle.attempt.execute", lambda *args, **options: end)
    settings.RUN_RATE = "2/d"
    answers = post([tool("run_code", code="1") for _ in range(3)]).json()
    assert [one["result"]["isError"] for one in answers] == [False, False, True]
    assert Submission.objects.count() == 2


def test_size_of_a_body_is_bounded(post: Post, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = post(message("ping", {"x": "y" * 1000}))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("content_type", "headers", "status"),
    [
        ("text/plain", {}, 415),
        ("application/x-www-form-urlencoded", {}, 415),
        ("", {}, 415),
        ("application/json", {"Content-Encoding": "gzip"}, 415),
        ("application/json", {"Transfer-Encoding": "chunked"}, 411),
        ("application/json", {"Accept": "image/png"}, 406),
        ("application/json", {"Origin": "https://evil.example"}, 403),
        ("application/json", {"Origin": "null"}, 403),
        ("application/json", {"Sec-Fetch-Site": "same-site"}, 403),
        ("application/json", {"Origin": "http://testserver"}, 200),
        ("application/json; charset=utf-8", {"Accept": "application/json, */*"}, 200),
    ],
)
def test_request_of_another_kind_is_refused_before_its_message(
    post: Post, content_type: str, headers: dict[str, str], status: int
) -> None:
    assert post(message("ping"), content_type, **headers).status_code == status


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "HEAD", "OPTIONS"])
def test_other_methods_of_http_are_a_405(client: Client, method: str) -> None:
    answer = client.generic(method, "/mcp", headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("method", ["initialize", "ping", "tools/list", "server/discover", "x"])
def test_every_method_needs_a_token(client: Client, method: str) -> None:
    for headers in ({}, {"Authorization": "Bearer sce_x"}, {"Authorization": "Basic eA=="}):
        answer = client.post(
            "/mcp", message(method), content_type="application/json", headers=headers
        )
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_session_of_a_browser_opens_nothing(alice: User, client: Client) -> None:
    client.force_login(alice)
    answer = client.post("/mcp", message("ping"), content_type="application/json")
    assert answer.status_code == 401


def test_frozen_account_is_told_why(post: Post, alice: User, staff: User) -> None:
    alice.is_active = False
    alice.save()
    assert post(message("ping")).json()["code"] == "authentication_failed"
    Freeze.objects.create(user=alice, by=staff, reason="Mining")
    answer = post(message("ping"))
    assert (answer.status_code, answer.json()["code"]) == (403, "account_frozen")
    assert "Mining" in answer.json()["detail"]


def test_slash_at_the_end_does_not_matter(client: Client) -> None:
    assert client.post("/mcp/", {}, content_type="application/json").status_code == 401
