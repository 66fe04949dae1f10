"""Map errors to answers of the API: {"code", "detail", "fields"}, status and Retry-After."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from executor import ExecutorError, size_of

from ...accounts.attempts import TooManyAttempts
from ...http.codes import Code, code_for, error_body
from ...http.problems import TEXT_CHARACTERS, WHOLE, fields_of, sentence_of_fields
from ...http.refusals import code_of, sentence_of
from ...http.too_many import wait_sentence
from ...lifecycle.errors import Refused, refusal_of
from ...telemetry import counters

NOT_YOURS = "It does not exist, or it is not yours."
LOG_IN = "Log in, or send an API token with the header Authorization: Bearer sce_…."
SEND_JSON = (
    "Send the body as JSON, with the header Content-Type: application/json. "
    "No other type is read here."
)
SEND_FILE = "Send the file itself as the body, or a form with it, with a short Content-Type."
RELOAD = "The CSRF token is missing or old. Reload the page and try again."


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"

    def __init__(self, limit: int, *, was_compressed: bool = False) -> None:
        after = " after it is decompressed" if was_compressed else ""
        super().__init__(f"The body is larger than {size_of(limit)}{after}.")


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer {"code", "detail", "fields"}. None for an unexpected error: error_pages.py answers that."""
    known = _as_api_exception(error)
    if known is None:
        return None
    response = drf_exception_handler(known, context)
    assert response is not None  # noqa: S101 - it handles every APIException
    code = _code_of(known)
    if isinstance(known, ValidationError):
        fields = fields_of(known.detail)
        detail = sentence_of_fields(fields)
        fields.pop(WHOLE, None)
        response.data = error_body(code, detail, fields)
    else:
        response.data = error_body(code, _sentence(known, code, context))
    if code.status in {429, 503}:
        counters.refused(code.value)
    return response


def _as_api_exception(error: Exception) -> APIException | None:
    """Translate the errors of other parts and of Django; None if it is not a refusal."""
    if isinstance(error, ExecutorError):
        error = refusal_of(error) or _invalid(str(error))
    if isinstance(error, Refused):
        return _refusal_for_now(code_of(error), sentence_of(error), error.retry_after)
    if isinstance(error, TooManyAttempts):
        return _refusal_for_now(Code.TOO_MANY_ATTEMPTS, wait_sentence(error.wait), error.wait)
    if isinstance(error, RequestDataTooBig):
        return BodyTooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if isinstance(error, Http404):
        return exceptions.NotFound(NOT_YOURS)
    if isinstance(error, DjangoPermissionDenied):
        return exceptions.PermissionDenied(*error.args)
    return error if isinstance(error, APIException) else None


def _invalid(problem: str) -> ValidationError:
    """Name the field with which the executor's words begin, if they do."""
    field, found, reason = problem.partition(": ")
    is_field = found and field.isidentifier()
    return ValidationError({field: [f"{reason[:1].upper()}{reason[1:]}."]} if is_field else problem)


def _refusal_for_now(code: Code, sentence: str, wait: int | None) -> APIException:
    error = APIException(sentence, code=code.value)
    error.status_code = code.status
    error.wait = wait  # type: ignore[attr-defined] # DRF sends it as Retry-After
    return error


def _code_of(error: APIException) -> Code:
    if isinstance(error, ValidationError):
        return Code.INVALID
    if str(error.detail).startswith("CSRF Failed"):  # DRF gives it the code of any refusal
        return Code.CSRF_FAILED
    named = error.detail.code if isinstance(error.detail, ErrorDetail) else ""
    return next((code for code in Code if code == named), code_for(error.status_code))


def _sentence(error: APIException, code: Code, context: dict[str, Any]) -> str:
    """Return the sentence for a person: the error's own, or ours where DRF's says less."""
    view, request = context["view"], context["request"]
    if code == Code.CSRF_FAILED:
        return RELOAD
    match error:
        case exceptions.NotAuthenticated():
            return LOG_IN
        case exceptions.MethodNotAllowed():
            return f"{request.method} is not possible here. Use {', '.join(view.allowed_methods)}."
        case exceptions.NotAcceptable():
            types = ", ".join(one.media_type for one in view.get_renderers())
            return f"Your Accept header allows none of the types of this address: {types}."
        case exceptions.UnsupportedMediaType():
            return SEND_FILE if getattr(view, "takes_file", False) else SEND_JSON
    return str(error.detail)[:TEXT_CHARACTERS]  # packages repeat what they refuse
