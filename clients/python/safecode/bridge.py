"""`safecode mcp`: MCP over standard input and output, for programs that start their servers themselves.

Each line is a message, which goes to the site's /mcp as it is, and its answer comes back as a line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, BinaryIO

from .errors import Unreachable
from .transport import Transport

VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
INTERNAL_ERROR = -32603


def serve(transport: Transport, lines: Iterable[bytes], out: BinaryIO) -> None:
    """Hand on messages until there are no more."""
    agreed = ""  # by `initialize`; the site's later requests name it in a header
    for line in lines:
        if not line.strip():
            continue
        message = _parsed(line)
        answer = _answer(transport, line, message, agreed)
        if answer is None:
            continue
        if isinstance(message, dict) and message.get("method") == "initialize":
            agreed = _agreed(answer)
        out.write(json.dumps(answer).encode() + b"\n")
        out.flush()


def _answer(transport: Transport, line: bytes, message: Any, agreed: str) -> Any:
    """Return the site's answer to a message; None if it has none."""
    try:
        status, body = transport.post("/mcp", line, _headers(message, agreed))
        if not body:
            return None
        answer = json.loads(body)
        if isinstance(answer, list) or "jsonrpc" in answer:
            return answer
        said = str(answer.get("detail", f"The site answers {status}."))
    except (Unreachable, ValueError, AttributeError, TypeError) as error:
        said = str(error)
    print(f"safecode: {said}", file=sys.stderr, flush=True)
    if not isinstance(message, dict) or "id" not in message:
        return None
    error_body = {"code": INTERNAL_ERROR, "message": said}
    return {"jsonrpc": "2.0", "id": message["id"], "error": error_body}


def _headers(message: Any, agreed: str) -> dict[str, str]:
    """Return the headers that repeat parts of a message, as its revision wants."""
    params = message.get("params") if isinstance(message, dict) else None
    params = params if isinstance(params, dict) else {}
    envelope = params.get("_meta")
    version = envelope.get(VERSION_KEY) if isinstance(envelope, dict) else None
    if not isinstance(version, str):
        return {"MCP-Protocol-Version": agreed} if agreed else {}
    named = {
        "MCP-Protocol-Version": version,
        "Mcp-Method": message.get("method"),
        "Mcp-Name": params.get("name"),
    }
    return {name: value for name, value in named.items() if _fits(value)}


def _fits(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _agreed(answer: Any) -> str:
    result = answer.get("result") if isinstance(answer, dict) else None
    version = result.get("protocolVersion") if isinstance(result, dict) else None
    return str(version) if _fits(version) else ""


def _parsed(line: bytes) -> Any:
    """Return the message; None if it is none, which the site will say."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
