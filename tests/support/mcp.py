"""Messages to POST /mcp, and what answers say."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.test import Client

from tests.support.clients import Answer

VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
NEWEST = "2026-07-28"
ENVELOPE = {VERSION: NEWEST, CAPABILITIES: {}}

Post = Callable[..., Answer]
"""Posts a body with a user's token; keyword arguments are headers."""


def poster(client: Client, token: Mapping[str, str]) -> Post:
    def send(body: Any, content_type: str = "application/json", **headers: str) -> Answer:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.generic(
            "POST", "/mcp", raw, content_type=content_type, headers={**token, **headers}
        )

    return send


def message(method: str, params: Any = None, **other: Any) -> dict[str, Any]:
    made = {"jsonrpc": "2.0", "id": 7, "method": method, **other}
    return made if params is None else {**made, "params": params}


def tool(name: str, **arguments: Any) -> dict[str, Any]:
    return message("tools/call", {"name": name, "arguments": arguments})


def stateless(method: str, **params: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a request of the newest revision, and its headers."""
    headers = {"MCP-Protocol-Version": NEWEST, "Mcp-Method": method}
    if "name" in params:
        headers["Mcp-Name"] = params["name"]
    return message(method, {**params, "_meta": ENVELOPE}), headers


def error_of(answer: Answer) -> tuple[int, int, Any]:
    """Return the status of an answer, the code of its error, and its id."""
    body = answer.json()
    assert body["jsonrpc"] == "2.0"
    assert len(answer.content) < 1000
    return answer.status_code, body["error"]["code"], body["id"]


def told(answer: Answer) -> str:
    """Return the text of a tool's result that is an error."""
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert result["isError"] is True
    assert "structuredContent" not in result
    return str(result["content"][0]["text"])
