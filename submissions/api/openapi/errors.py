"""The answers to requests that fail: one shape, and examples for each status."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema_serializer
from rest_framework import serializers


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
    409: "There is no run to end.",
    411: "The length of the body is unknown.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The `Idempotency-Key` came with another request before.",
    429: "You are over one of your limits. Wait as long as `Retry-After` says.",
    500: "A fault of the service. It is in the log.",
    503: "The service cannot do this now. Wait as long as `Retry-After` says.",
}
WAITS = (429, 503)
"""The statuses that come with Retry-After."""

EXAMPLES: Mapping[int, tuple[tuple[str, str, Mapping[str, list[str]]], ...]] = {
    400: (
        ("invalid", "code: This field is required.", {"code": ["This field is required."]}),
        ("parse_error", "The body is not JSON: Expecting value: line 1 column 1 (char 0)", {}),
    ),
    401: (
        ("not_authenticated", "Authentication credentials were not provided.", {}),
        ("authentication_failed", "Invalid token.", {}),
    ),
    403: (("permission_denied", "You do not have permission to perform this action.", {}),),
    404: (("not_found", "There is nothing at this address.", {}),),
    406: (("not_acceptable", "Could not satisfy the request Accept header.", {}),),
    408: (("request_timeout", "The request did not arrive within 30 seconds.", {}),),
    409: (("not_under_way", "The run has finished.", {}),),
    411: (("length_required", "Send the body with a Content-Length, not in chunks.", {}),),
    413: (("too_large", "The body is larger than 1048576 bytes.", {}),),
    415: (("unsupported_media_type", 'Unsupported media type "text/plain" in request.', {}),),
    422: (
        (
            "idempotency_key_reused",
            "This Idempotency-Key came with another request before; use a new one.",
            {},
        ),
    ),
    429: (
        ("throttled", "Request was throttled. Expected available in 14 seconds.", {}),
        ("too_many_runs", "You have too many runs in progress; wait until one has ended.", {}),
        ("storage_full", "You have used up today's storage. It is free again at midnight UTC.", {}),
        ("too_many_streams", "Too many of your streams are open; close one.", {}),
    ),
    500: (("error", "This is our fault, not yours, and it has been logged.", {}),),
    503: (
        ("busy", "The service is full; try again later", {}),
        ("closed", "The self-check has not passed yet.", {}),
        ("sandbox_unavailable", "No sandbox is available.", {}),
        ("database_away", "The service can't reach its database; please try again.", {}),
    ),
}

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
            code,
            value={"code": code, "detail": detail, "fields": fields},
            status_codes=[str(status)],
            response_only=True,
        )
        for code, detail, fields in EXAMPLES[status]
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
