"""The revisions of MCP, which a header names.

From 2026-07-28 on each request carries what the server has to know, and headers repeat parts of it, for
proxies. Before, a client introduces itself by `initialize`; this server needs no session for that, as
its answers are the same for each client.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from .messages import HEADER_MISMATCH, INVALID_PARAMS, UNSUPPORTED_VERSION, Fault, Message

STATELESS = ("2026-07-28",)
HANDSHAKE = ("2025-11-25", "2025-06-18", "2025-03-26")
"""Newest first."""
WITH_BATCHES = "2025-03-26"
"""The one revision with batches. A client that sends no header may speak it."""

VERSION_HEADER, METHOD_HEADER, NAME_HEADER = "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
VERSION_CHARACTERS = 50
"""How much of an unknown version an error repeats."""


def is_stateless(message: Message, headers: Mapping[str, str]) -> bool:
    """Return whether a message is of a stateless revision. Raises Fault if it fits no revision."""
    version = headers.get(VERSION_HEADER)
    envelope = message.params.get("_meta")
    is_enveloped = isinstance(envelope, dict) and VERSION_KEY in envelope
    if version in STATELESS or is_enveloped:
        if message.id is not None:  # no revision says what a notification must carry
            _check(message, envelope, headers)
        return True
    if version is not None and version not in HANDSHAKE and message.method != "initialize":
        raise _unsupported(version)
    return False


def _check(message: Message, envelope: Any, headers: Mapping[str, str]) -> None:
    """Check a stateless request: envelope, then headers, then version."""
    if not isinstance(envelope, dict) or VERSION_KEY not in envelope:
        raise Fault(INVALID_PARAMS, f"params._meta needs {VERSION_KEY}.")
    if not isinstance(envelope.get(CAPABILITIES_KEY), dict):
        raise Fault(INVALID_PARAMS, f"params._meta needs {CAPABILITIES_KEY}, an object.")
    version = headers.get(VERSION_HEADER)
    if version is None or version != envelope[VERSION_KEY]:
        raise Fault(HEADER_MISMATCH, f"The header {VERSION_HEADER} differs from params._meta.")
    if headers.get(METHOD_HEADER) != message.method:
        raise Fault(HEADER_MISMATCH, f"The header {METHOD_HEADER} differs from the method.")
    if message.method == "tools/call" and _decoded(headers.get(NAME_HEADER)) != message.params.get(
        "name"
    ):
        raise Fault(HEADER_MISMATCH, f"The header {NAME_HEADER} differs from params.name.")
    if version not in STATELESS:
        raise _unsupported(version)


def _unsupported(version: str) -> Fault:
    data = {
        "supported": [*STATELESS, *HANDSHAKE],
        "requested": version[:VERSION_CHARACTERS],
    }
    return Fault(UNSUPPORTED_VERSION, "This protocol version is not supported.", data)


def _decoded(header: str | None) -> str | None:
    """Return a header's value. A client writes what no header can hold as =?base64?…?=."""
    if header is None or not (header.startswith("=?base64?") and header.endswith("?=")):
        return header
    try:
        return base64.b64decode(header[9:-2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
