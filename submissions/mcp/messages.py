"""JSON-RPC 2.0: the messages of a client, and the form of answers to them.

An error says what is wrong without repeating what the client sent, so it stays small.
"""

from dataclasses import dataclass
from typing import Any

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
HEADER_MISMATCH = -32020
UNSUPPORTED_VERSION = -32022

ID_CHARACTERS = 200
"""The longest id; an answer repeats it. Clients count, or send a UUID."""
LARGEST_ID = 2**53
"""JavaScript knows no larger whole number."""

Id = str | int | None


class Fault(Exception):
    """A message that has no result. `str()` is the sentence of its error."""

    def __init__(self, code: int, sentence: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.data = data


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A request, or a notification, which has no id and gets no answer."""

    method: str
    params: dict[str, Any]
    id: Id = None


def id_of(value: Any) -> Id:
    """Return the id of what may be a message; None if it has none that an answer can repeat."""
    given = value.get("id") if isinstance(value, dict) else None
    if isinstance(given, str) and len(given) <= ID_CHARACTERS:
        return given
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) <= LARGEST_ID:
        return given
    return None


def message_of(value: Any) -> Message:
    """Check one message. Raises Fault."""
    if not isinstance(value, dict):
        raise Fault(INVALID_REQUEST, "Send a JSON-RPC message as a JSON object.")
    if value.get("jsonrpc") != "2.0":
        raise Fault(INVALID_REQUEST, 'Send "jsonrpc": "2.0" with each message.')
    method = value.get("method")
    if not isinstance(method, str):
        raise Fault(INVALID_REQUEST, "Send the name of a method as a string.")
    message_id = id_of(value)
    if "id" in value and message_id is None:
        raise Fault(
            INVALID_REQUEST,
            f"Send a whole number, or a string of at most {ID_CHARACTERS} characters, as id.",
        )
    params = value.get("params")
    if params is not None and not isinstance(params, dict):
        raise Fault(INVALID_PARAMS, "Send params as a JSON object.")
    return Message(method=method, params=params or {}, id=message_id)


def result(message_id: Id, content: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": message_id, "result": content}


def error(message_id: Id, fault: Fault) -> dict[str, Any]:
    content: dict[str, Any] = {"code": fault.code, "message": str(fault)}
    if fault.data is not None:
        content["data"] = fault.data
    return {"jsonrpc": "2.0", "id": message_id, "error": content}
