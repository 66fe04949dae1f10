"""The codes of refusals, each with its status: the only list of them. docs/api.md explains each.

The body of every refusal is {"code", "detail", "fields"}, whether the API answers, an error page, or the
server in front of Django.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Self

OUR_FAULT = "This is our fault, not yours, and it has been logged."


class Code(StrEnum):
    """A code for programs, with the HTTP status that goes with it."""

    status: int

    def __new__(cls, code: str, status: int) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.status = status
        return member

    INVALID = "invalid", 400
    PARSE_ERROR = "parse_error", 400
    BAD_REQUEST = "bad_request", 400
    NOT_AUTHENTICATED = "not_authenticated", 401
    AUTHENTICATION_FAILED = "authentication_failed", 401
    PERMISSION_DENIED = "permission_denied", 403
    CSRF_FAILED = "csrf_failed", 403
    ACCOUNT_FROZEN = "account_frozen", 403
    NOT_FOUND = "not_found", 404
    METHOD_NOT_ALLOWED = "method_not_allowed", 405
    NOT_ACCEPTABLE = "not_acceptable", 406
    REQUEST_TIMEOUT = "request_timeout", 408
    NOT_UNDER_WAY = "not_under_way", 409
    NOT_BEGUN = "not_begun", 409
    NOT_INTERACTIVE = "not_interactive", 409
    INPUT_ENDED = "input_ended", 409
    NOT_FINISHED = "not_finished", 409
    TOO_MANY_LINKS = "too_many_links", 409
    TOO_MANY_SESSIONS = "too_many_sessions", 409
    TOO_MANY_UPLOADS = "too_many_uploads", 409
    LENGTH_REQUIRED = "length_required", 411
    TOO_LARGE = "too_large", 413
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415
    KEY_REUSED = "idempotency_key_reused", 422
    THROTTLED = "throttled", 429
    TOO_MANY_RUNS = "too_many_runs", 429
    SESSION_BUSY = "session_busy", 429
    TOO_MANY_STREAMS = "too_many_streams", 429
    TOO_MANY_WEBHOOKS = "too_many_webhooks", 429
    TOO_MANY_ATTEMPTS = "too_many_attempts", 429
    TOO_MANY_CONNECTIONS = "too_many_connections", 429
    STORAGE_FULL = "storage_full", 429
    HEADERS_TOO_LARGE = "headers_too_large", 431
    ERROR = "error", 500
    NOT_IMPLEMENTED = "not_implemented", 501
    BUSY = "busy", 503
    CLOSED = "closed", 503
    SANDBOX_UNAVAILABLE = "sandbox_unavailable", 503
    DATABASE_AWAY = "database_away", 503


def code_for(status: int) -> Code:
    """Return the first code of a status. A status without one is the client's or the server's fault."""
    fallback = Code.ERROR if status >= 500 else Code.BAD_REQUEST
    return next((code for code in Code if code.status == status), fallback)


def error_body(
    code: Code, detail: str, fields: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """Build the body of a refusal. `fields` has reasons by the path of a field, such as args.3."""
    return {"code": code.value, "detail": detail, "fields": dict(fields or {})}
