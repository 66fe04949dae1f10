"""The answers to requests that fail: one shape, and examples for each status."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema_serializer
from rest_framework import serializers

from ...http.codes import Code, error_body


@extend_schema_serializer(component_name="Error")
class ErrorOutput(serializers.Serializer[Any]):
    """The answer to a request that failed, whatever its status."""

    code = serializers.CharField(help_text="The reason, for programs. Versions may add values.")
    detail = serializers.CharField(help_text="The reason, in one sentence for people.")
    fields = serializers.DictField(  # type: ignore[assignment] # the metaclass moves it away from DRF's
        child=serializers.ListField(child=serializers.CharField()),
        help_text=(
            "The reasons for each wrong field, else empty. A nested field has a path, for instance "
            "`submissions.1.code`."
        ),
    )


MEANINGS: Mapping[int, str] = {
    400: "The request is wrong. Nothing is stored.",
    401: "You are not logged in, or the token or password is wrong.",
    403: "You may not do this, or a session's write lacks its CSRF token.",
    404: "There is nothing here, or it is not yours.",
    406: "The answer has no form that `Accept` allows.",
    408: "The request took too long to arrive. The connection is closed.",
    409: "There is no run to end or to type to, or you have too many sessions or uploads.",
    411: "The length of the body is unknown.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The `Idempotency-Key` came with another request before.",
    429: "You are over one of your limits. Wait as long as `Retry-After` says.",
    500: "A fault of the service. It is in the log.",
    503: "The service cannot do this now. Wait as long as `Retry-After` says.",
}
WAITS = (408, 429, 503)
"""The statuses that come with Retry-After."""

TOO_LONG = "Your program is 202 characters too long (limit 5,000)."
EXAMPLES: Mapping[Code, str] = {
    Code.INVALID: TOO_LONG,
    Code.PARSE_ERROR: "The body is not JSON: Expecting value: line 1 column 1 (char 0)",
    Code.NOT_AUTHENTICATED: (
        "Log in, or send an API token with the header Authorization: Bearer sce_…."
    ),
    Code.AUTHENTICATION_FAILED: "This API token is unknown, expired or revoked.",
    Code.PERMISSION_DENIED: "You do not have permission to perform this action.",
    Code.ACCOUNT_FROZEN: "Your account is frozen: Mining. Ask the people who run this site.",
    Code.CSRF_FAILED: "The CSRF token is missing or old. Reload the page and try again.",
    Code.NOT_FOUND: "It does not exist, or it is not yours.",
    Code.NOT_ACCEPTABLE: (
        "Your Accept header allows none of the types of this address: application/json, text/html, "
        "text/event-stream."
    ),
    Code.REQUEST_TIMEOUT: "The request did not arrive in time. Send it again, faster.",
    Code.NOT_UNDER_WAY: "It is finished.",
    Code.NOT_BEGUN: "It waits in the queue. Send input when it runs.",
    Code.NOT_INTERACTIVE: "This run is not interactive: it has had its whole input.",
    Code.INPUT_ENDED: "Its input has ended.",
    Code.TOO_MANY_SESSIONS: ("You may have 20 sessions: delete one, or wait until one expires."),
    Code.TOO_MANY_UPLOADS: "You have 1000 uploads: remove some, or wait until some expire.",
    Code.LENGTH_REQUIRED: "Send the body with a Content-Length, not in chunks.",
    Code.TOO_LARGE: "The body is larger than 1 MiB.",
    Code.UNSUPPORTED_MEDIA_TYPE: (
        "Send the body as JSON, with the header Content-Type: application/json. "
        "No other type is read here."
    ),
    Code.KEY_REUSED: "This Idempotency-Key came with another request before; use a new one.",
    Code.THROTTLED: "You've used your 60 runs this minute. Try again in 14 s.",
    Code.TOO_MANY_RUNS: "4 of your submissions are under way already. Try again in 1 s.",
    Code.SESSION_BUSY: (
        "A run of the session notebook-1 is under way: send the next one after its end."
        " Try again in 1 s."
    ),
    Code.TOO_MANY_STREAMS: "6 of your streams are open already. Try again in 5 s.",
    Code.TOO_MANY_WEBHOOKS: (
        "1000 of your webhooks wait already: your server has not taken them. Try again in 60 s."
    ),
    Code.TOO_MANY_ATTEMPTS: "Too many attempts. Try again in 5 minutes.",
    Code.TOO_MANY_CONNECTIONS: "Too many connections from this address. Try again in 5 s.",
    Code.STORAGE_FULL: (
        "This may need 132 KiB of storage. Today you have 4 KiB left of 200 MiB. Try again in 5 hours."
    ),
    Code.ERROR: "This is our fault, not yours, and it has been logged.",
    Code.BUSY: "The server is busy: too many runs are under way. Try again in 2 s.",
    Code.CLOSED: "Nothing is run: the self-check has not passed yet. Try again in 1 s.",
    Code.SANDBOX_UNAVAILABLE: (
        "No sandbox is available (submission 0b8fb1f4-9c41-4d52-a1c7-6a3c6a3f2a5e). "
        "Try again in 5 s."
    ),
    Code.DATABASE_AWAY: "The server can't reach its database at the moment. Try again in 5 s.",
}
"""A sentence for each code that an operation answers, as in the table of docs/api.md."""
FIELDS: Mapping[Code, Mapping[str, list[str]]] = {Code.INVALID: {"code": [TOO_LONG]}}

JSON = "application/json"
ANY = (401, 403, 406, 429, 500, 503)
"""What every operation can answer."""
WITH_BODY = (400, 408, 411, 413, 415)
"""What else an operation can answer that reads a body."""


def errors(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Describe these error answers, and those that every operation has. They are always JSON."""
    return {(status, JSON): _answer(status) for status in sorted({*statuses, *ANY})}


def _answer(status: int) -> OpenApiResponse:
    examples = [
        OpenApiExample(
            code.value,
            value=error_body(code, detail, FIELDS.get(code)),
            status_codes=[str(status)],
            response_only=True,
        )
        for code, detail in EXAMPLES.items()
        if code.status == status
    ]
    return OpenApiResponse(ErrorOutput, MEANINGS[status], examples)


def shared(result: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Write each error answer once, under `components`, and refer to it.

    This is a hook of drf-spectacular, which repeats the answers at each operation: half of the document.
    """
    kept = result["components"].setdefault("responses", {})
    for operations in result["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            for status in answers.keys() & {str(known) for known in MEANINGS}:
                name = f"Error{status}"
                if kept.setdefault(name, answers[status]) == answers[status]:
                    answers[status] = {"$ref": f"#/components/responses/{name}"}
    result["components"]["responses"] = dict(sorted(kept.items()))
    return result
