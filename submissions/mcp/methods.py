"""The methods of MCP that this server has, and their results."""

from typing import Any

from django.conf import settings

from . import calls
from .calls import Caller
from .messages import INVALID_PARAMS, METHOD_NOT_FOUND, Fault, Message
from .revisions import HANDSHAKE, STATELESS

CAPABILITIES: dict[str, Any] = {"tools": {}}
INSTRUCTIONS = (
    "Runs programs in sandboxes: each call has a fresh one, without network, and nothing is kept for the"
    " next call but by a session. Send a whole program, and print what you want to see."
)
CACHED = {"ttlMs": 300_000, "cacheScope": "public"}
"""How long clients of a stateless revision may keep an answer: it is the same for all users."""


def result_of(message: Message, caller: Caller, *, is_stateless: bool) -> dict[str, Any]:
    """Return the result of a request. Raises Fault."""
    if is_stateless:
        return {"resultType": "complete", **_stateless(message, caller)}
    return _with_handshake(message, caller)


def _stateless(message: Message, caller: Caller) -> dict[str, Any]:
    match message.method:
        case "server/discover":
            about = {"supportedVersions": [*STATELESS, *HANDSHAKE], "capabilities": CAPABILITIES}
            named = {"_meta": {"io.modelcontextprotocol/serverInfo": _server()}}
            return {**about, **named, "instructions": INSTRUCTIONS, **CACHED}
        case "tools/list":
            return {**_listed(message), **CACHED}
        case "tools/call":
            return calls.call(message.params, caller)
    raise _no_method()


def _with_handshake(message: Message, caller: Caller) -> dict[str, Any]:
    match message.method:
        case "initialize":
            return {
                "protocolVersion": _agreed(message.params.get("protocolVersion")),
                "capabilities": CAPABILITIES,
                "serverInfo": _server(),
                "instructions": INSTRUCTIONS,
            }
        case "ping":
            return {}
        case "tools/list":
            return _listed(message)
        case "tools/call":
            return calls.call(message.params, caller)
    raise _no_method()


def _agreed(asked: Any) -> str:
    """Return the version that the client asks for, or our newest, for it to accept or to leave."""
    if not isinstance(asked, str):
        raise Fault(INVALID_PARAMS, "params.protocolVersion names no version.")
    return asked if asked in HANDSHAKE else HANDSHAKE[0]


def _listed(message: Message) -> dict[str, Any]:
    if message.params.get("cursor") is not None:
        raise Fault(INVALID_PARAMS, "There is one page of tools, and no cursor.")
    return {"tools": calls.descriptions()}


def _server() -> dict[str, str]:
    about = settings.SPECTACULAR_SETTINGS
    return {"name": "safe-code-executor", "title": about["TITLE"], "version": about["VERSION"]}


def _no_method() -> Fault:
    return Fault(METHOD_NOT_FOUND, "There is no such method here.")
