"""The messages of each revision of MCP, and what nobody's client sends."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from submissions.lifecycle.models import Submission
from tests.support.mcp import (
    CAPABILITIES,
    ENVELOPE,
    NEWEST,
    VERSION,
    Post,
    error_of,
    message,
    poster,
    stateless,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.inline]

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
HEADER_MISMATCH, UNSUPPORTED = -32020, -32022


@pytest.fixture
def post(alice: User, client: Client, token_of: Callable[..., dict[str, str]]) -> Post:
    return poster(client, token_of(alice))


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        ("2025-03-26", "2025-03-26"),
        ("2024-11-05", "2025-11-25"),
        ("9999", "2025-11-25"),
    ],
)
def test_handshake_agrees_on_a_revision(post: Post, asked: str, agreed: str) -> None:
    answer = post(message("initialize", {"protocolVersion": asked, "capabilities": {}}))
    result = answer.json()["result"]
    assert (answer.status_code, result["protocolVersion"]) == (200, agreed)
    assert result["capabilities"] == {"tools": {}}
    assert result["serverInfo"]["name"] == "safe-code-executor"
    assert "Mcp-Session-Id" not in answer.headers


def test_discovery_names_all_revisions(post: Post) -> None:
    body, headers = stateless("server/discover")
    answer = post(body, **headers)
    result = answer.json()["result"]
    assert answer.status_code == 200
    assert result["supportedVersions"] == [NEWEST, "2025-11-25", "2025-06-18", "2025-03-26"]
    assert (result["resultType"], result["cacheScope"]) == ("complete", "public")


@pytest.mark.parametrize("method", ["resources/list", "prompts/get", "server/discover", "", "é"])
def test_method_that_is_not_there_is_a_200_or_a_404_by_its_revision(
    post: Post, method: str
) -> None:
    assert error_of(post(message(method))) == (200, METHOD_NOT_FOUND, 7)


@pytest.mark.parametrize("method", ["initialize", "ping", "resources/list"])
def test_stateless_revision_has_no_handshake(post: Post, method: str) -> None:
    body, headers = stateless(method)
    assert error_of(post(body, **headers)) == (404, METHOD_NOT_FOUND, 7)


@pytest.mark.parametrize(
    ("changed", "meta", "code"),
    [
        ({}, None, INVALID_PARAMS),
        ({}, [], INVALID_PARAMS),
        ({}, {VERSION: NEWEST}, INVALID_PARAMS),
        ({}, {VERSION: NEWEST, CAPABILITIES: 1}, INVALID_PARAMS),
        ({}, {**ENVELOPE, VERSION: "2025-11-25"}, HEADER_MISMATCH),
        ({}, {**ENVELOPE, VERSION: 5}, HEADER_MISMATCH),
        ({"Mcp-Method": "ping"}, ENVELOPE, HEADER_MISMATCH),
        ({"Mcp-Method": None}, ENVELOPE, HEADER_MISMATCH),
        ({"Mcp-Name": "get_run"}, ENVELOPE, HEADER_MISMATCH),
        ({"Mcp-Name": None}, ENVELOPE, HEADER_MISMATCH),
        ({"Mcp-Name": "=?base64?!?="}, ENVELOPE, HEADER_MISMATCH),
        ({"MCP-Protocol-Version": None}, ENVELOPE, HEADER_MISMATCH),
        ({"MCP-Protocol-Version": "2099-01-01"}, ENVELOPE, HEADER_MISMATCH),
        ({"MCP-Protocol-Version": "2099-01-01"}, {**ENVELOPE, VERSION: "2099-01-01"}, UNSUPPORTED),
    ],
)
def test_stateless_request_that_disagrees_with_its_headers_is_a_400(
    post: Post, changed: dict[str, str | None], meta: Any, code: int
) -> None:
    body, headers = stateless("tools/call", name="run_code", arguments={"code": "print(1)"})
    body["params"]["_meta"] = meta
    both = {**headers, **changed}
    answer = post(body, **{name: value for name, value in both.items() if value is not None})
    assert error_of(answer) == (400, code, 7)
    assert not Submission.objects.exists()


def test_name_in_base64_is_the_same_name(post: Post) -> None:
    body, headers = stateless("tools/call", name="get_run", arguments={"id": "x"})
    assert told(post(body, **{**headers, "Mcp-Name": "=?base64?Z2V0X3J1bg==?="}))


@pytest.mark.parametrize("version", ["2099-01-01", "banana", "2024-11-05", "x" * 5000])
def test_unknown_revision_in_the_header_is_a_400_that_lists_the_known_ones(
    post: Post, version: str
) -> None:
    answer = post(message("tools/list"), **{"MCP-Protocol-Version": version})
    assert error_of(answer) == (400, UNSUPPORTED, 7)
    assert NEWEST in answer.json()["error"]["data"]["supported"]


@pytest.mark.parametrize(
    "body",
    [
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}},
        {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "run_code"}},
    ],
)
@pytest.mark.parametrize("headers", [{}, {"MCP-Protocol-Version": NEWEST}])
def test_notification_is_accepted_and_starts_nothing(
    post: Post, body: Any, headers: dict[str, str]
) -> None:
    answer = post(body, **headers)
    assert (answer.status_code, answer.content) == (202, b"")
    assert not Submission.objects.exists()


def test_batch_is_answered_message_by_message(post: Post) -> None:
    batch = [
        message("ping", id="first"),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        message("nothing", id=2),
        5,
    ]
    answers = post(batch).json()
    assert [one["id"] for one in answers] == ["first", 2, None]
    assert [one.get("error", {}).get("code") for one in answers] == [
        None,
        METHOD_NOT_FOUND,
        INVALID_REQUEST,
    ]
    assert post(batch[1:2]).status_code == 202


@pytest.mark.parametrize(
    ("batch", "version"),
    [([], "2025-03-26"), ([{}] * 11, "2025-03-26"), ([message("ping")], "2025-06-18")],
)
def test_batch_that_the_revision_does_not_have_is_a_400(
    post: Post, batch: list[Any], version: str
) -> None:
    answer = post(batch, **{"MCP-Protocol-Version": version})
    assert error_of(answer) == (400, INVALID_REQUEST, None)


@pytest.mark.parametrize(
    ("given", "repeated"),
    [
        (0, 0),
        (-1, -1),
        ("é\ud800", "é\ud800"),
        ("x" * 200, "x" * 200),
        (2**53, 2**53),
    ],
)
def test_id_is_repeated(post: Post, given: Any, repeated: Any) -> None:
    assert post(message("ping", id=given)).json() == {
        "jsonrpc": "2.0",
        "id": repeated,
        "result": {},
    }


@pytest.mark.parametrize(
    "given",
    [None, True, 1.5, 2**53 + 1, "x" * 201, [1], {"a": 1}, [[]] * 100, 10**4000],
    ids=lambda given: str(given)[:20],
)
def test_id_that_is_none_is_a_small_400(post: Post, given: Any) -> None:
    assert error_of(post(message("ping", id=given))) == (400, INVALID_REQUEST, None)


@pytest.mark.parametrize(
    "body",
    [
        5,
        "ping",
        None,
        {},
        {"jsonrpc": "1.0", "id": 1, "method": "ping"},
        {"jsonrpc": 2.0, "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "id": 1, "method": ["ping"]},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
    ],
)
def test_json_that_is_no_message_is_a_400(post: Post, body: Any) -> None:
    answer = post(json.dumps(body))
    assert error_of(answer)[:2] == (400, INVALID_REQUEST)


@pytest.mark.parametrize("params", [[], "x", 5, True])
def test_params_that_are_no_object_are_a_400(post: Post, params: Any) -> None:
    assert error_of(post(message("ping", params))) == (400, INVALID_PARAMS, 7)


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"\xff",
        b"{",
        b'{"jsonrpc": "2.0", "id": NaN}',
        b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}',
        b'{"a":' * 400_000,
        b"[" * 1_000_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        b"[1e999999]]",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_body_that_is_not_read_is_a_small_400(post: Post, body: bytes) -> None:
    assert error_of(post(body[: 1024 * 1024])) == (400, PARSE_ERROR, None)
