"""Map errors to answers of the API: status, code and Retry-After."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from executor import ExecutorError

from ..http.refusals import sentence_of, status_of
from ..lifecycle.errors import Refused, refusal_of
from ..telemetry import counters

ERROR_BYTES = 8 * 1024
"""The most that the JSON of an error takes."""
TEXT_CHARACTERS = 500
NAME_CHARACTERS = 100


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer {"detail": …, "code": …}, or {"field": ["reason"]} if a field is wrong."""
    if isinstance(error, ExecutorError):
        error = refusal_of(error) or ValidationError(str(error))
    if isinstance(error, Refused):
        error = _as_api_exception(error)
    elif isinstance(error, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        error = BodyTooLarge(f"The body is larger than {limit} bytes.")
    response = drf_exception_handler(error, context)
    if response is not None:
        response.data = shortened(response.data)
    if response is not None and isinstance(error, APIException) and "detail" in response.data:
        response.data["code"] = error.get_codes()
        if response.status_code in {429, 503}:
            counters.refused(response.data["code"])
    return response


def _as_api_exception(refusal: Refused) -> APIException:
    error = APIException(sentence_of(refusal), code=refusal.code)
    error.status_code = status_of(refusal)
    error.wait = refusal.retry_after  # type: ignore[attr-defined] # DRF sends it as Retry-After
    return error


def shortened(detail: Any, room: int = ERROR_BYTES) -> Any:
    """Cut an error to `room` bytes of JSON: shorten long texts, replace the last entries by their number.

    Our serializers already keep their errors short; this also covers those of packages.
    """
    if isinstance(detail, Mapping):
        entries = ((str(name)[:NAME_CHARACTERS], value) for name, value in detail.items())
        return dict(_fitting(entries, len(detail), room))
    if isinstance(detail, list | tuple):
        named = _fitting(
            ((str(index), value) for index, value in enumerate(detail)), len(detail), room
        )
        return [value for _, value in named]
    return detail if len(str(detail)) <= TEXT_CHARACTERS else f"{str(detail)[:TEXT_CHARACTERS]}…"


def _fitting(
    entries: Iterable[tuple[str, Any]], count: int, room: int
) -> Iterator[tuple[str, Any]]:
    """Yield the first entries that fit, each shortened."""
    for done, (name, value) in enumerate(entries):
        kept = shortened(value, room)
        room -= len(
            json.dumps({name: kept}, ensure_ascii=False, default=str).encode(errors="replace")
        )
        if room < 0:
            yield "more", [f"… and {count - done} more."]
            return
        yield name, kept
