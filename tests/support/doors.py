"""The doors to a run: each takes a program in its own form."""

from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.test import Client

from tests.support.clients import Answer

Send = Callable[..., Answer]
"""Sends a program with a client, to which the user's credentials belong already."""


def to_api(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    return client.post("/run", program, content_type="application/json", headers=headers)


def to_playground(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    args = "\n".join(program.pop("args", []))
    return client.post("/playground/run/", {**program, "args": args}, headers=headers)


def to_mcp(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    params = {"name": "run_code", "arguments": program}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return client.post("/mcp", body, content_type="application/json", headers=headers)


def to_piston(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    limits = program.pop("limits", {})
    body = {
        "language": program.pop("language", "python"),
        "version": "*",
        "files": [{"content": program.pop("code")}],
        **program,
        **{PISTONS[name]: 1000 * value for name, value in limits.items()},
    }
    return client.post(
        "/piston/api/v2/execute", body, content_type="application/json", headers=headers
    )


def to_e2b(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    wish = {"templateID": "x"}
    created = client.post(
        "/e2b/v2/sandboxes", wish, content_type="application/json", headers=headers
    )
    if created.status_code != 201:
        return created
    headers = {**headers, "E2b-Sandbox-Id": created.json()["sandboxID"]}
    answer = client.post("/e2b/execute", program, content_type="application/json", headers=headers)
    if answer.streaming:
        assert b"end_of_execution" in answer.getvalue()
    return answer


def to_jobe(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    language = program.get("language", "python3")
    spec = {
        "language_id": language,
        "sourcecode": program["code"],
        "input": program.get("stdin", ""),
        "parameters": {"cputime": 10, "runargs": program.get("args", [])},
    }
    return client.post(
        "/jobe/index.php/restapi/runs",
        {"run_spec": spec},
        content_type="application/json",
        headers=headers,
    )


def to_librechat(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    body = {"lang": program.pop("language", "py"), **program}
    return client.post("/librechat/exec", body, content_type="application/json", headers=headers)


PISTONS = {"wall_seconds": "run_timeout", "memory_bytes": "run_memory_limit"}


def to_judge0(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    limits = program.pop("limits", {})
    body = {
        "language_id": {"python": 71, "cobol": 77}[program.pop("language", "python")],
        "source_code": program.pop("code"),
        "command_line_arguments": " ".join(program.pop("args", [])),
        **program,
        **{JUDGE0S[name]: value for name, value in limits.items()},
    }
    return client.post(
        "/judge0/submissions?wait=true", body, content_type="application/json", headers=headers
    )


JUDGE0S = {"wall_seconds": "wall_time_limit", "memory_bytes": "memory_limit"}


def judge0_text(answer: Answer) -> str:
    """Return the sentence of a refusal, or the reasons of what is wrong with a submission."""
    content = answer.json()
    return str(content.get("error") or [reason for one in content.values() for reason in one])


def mcp_text(answer: Answer) -> str:
    result = answer.json()["result"]
    assert result["isError"] is True
    return str(result["content"][0]["text"])


@dataclass(frozen=True, kw_only=True)
class Door:
    send: Send
    via: str
    refused_status: int
    """The status of a request without credentials."""
    by_token: bool
    sentence: Callable[[Answer], str]
    """Returns what a refused request is told."""
    unknown_language: str = "Choose one of"
    too_high: str = "At most"
    """A part of what a request with too high a limit is told."""
    lacks: frozenset[str] = frozenset()
    """What of a program its requests do not have."""


DOORS = {
    "API": Door(
        send=to_api,
        via="token",
        refused_status=401,
        by_token=True,
        sentence=lambda answer: str(answer.json()["detail"]),
    ),
    "playground": Door(
        send=to_playground,
        via="session",
        refused_status=302,
        by_token=False,
        sentence=lambda answer: unescape(answer.content.decode()),
    ),
    "Piston": Door(
        send=to_piston,
        via="piston",
        refused_status=401,
        by_token=True,
        sentence=lambda answer: str(answer.json()["message"]),
        unknown_language="cobol-* runtime is unknown",
        too_high="cannot exceed the configured limit of",
    ),
    "E2B": Door(
        send=to_e2b,
        via="e2b",
        refused_status=401,
        by_token=True,
        sentence=lambda answer: str(answer.json()["message"]),
        lacks=frozenset({"stdin", "args", "limits"}),
    ),
    "Jobe": Door(
        send=to_jobe,
        via="jobe",
        refused_status=403,
        by_token=True,
        sentence=lambda answer: str(answer.json()),
        unknown_language="Language 'cobol' is not known",
        lacks=frozenset({"limits"}),  # what is too high, is lowered: test_jobe.py
    ),
    "LibreChat": Door(
        send=to_librechat,
        via="librechat",
        refused_status=401,
        by_token=True,
        sentence=lambda answer: str(answer.json()),
        lacks=frozenset({"stdin", "limits"}),
    ),
    "Judge0": Door(
        send=to_judge0,
        via="judge0",
        refused_status=401,
        by_token=True,
        sentence=judge0_text,
        unknown_language="language with id 77 doesn't exist",
        too_high="must be less than or equal to",
    ),
    "MCP": Door(
        send=to_mcp,
        via="mcp",
        refused_status=401,
        by_token=True,
        sentence=mcp_text,
        too_high="Unknown argument",
    ),
}
