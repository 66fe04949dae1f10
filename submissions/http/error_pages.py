"""Answers to requests that no view answers: JSON for programs, a page for people.

None of them shows a setting, a path of the file system or a traceback.
"""

import sys
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponsePermanentRedirect,
)
from django.middleware.common import CommonMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import is_valid_path

from .answers import WITHOUT_SLASH, is_for_programs, is_of_the_api, refusal
from .codes import OUR_FAULT, Code
from .outage import CONNECTION_ERRORS, database_away
from .problems import sentence_of_fields

BAD_REQUEST = "The request has a value that the site can't use."
TOO_LARGE = "The form is too large."


class Slashes(CommonMiddleware):
    """Django's middleware, which redirects to the address with a slash, with two differences.

    The API answers at both addresses, without a redirect. Elsewhere only GET and HEAD are redirected,
    since a redirected POST would arrive as a GET.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if is_of_the_api(request):
            _use_the_listed_address(request)
        return super().process_request(request)

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in {"GET", "HEAD"} and super().should_redirect_with_slash(request)


def _use_the_listed_address(request: HttpRequest) -> None:
    """Add or remove the slash at the end, so that /run/ is /run and /api/batches is /api/batches/.

    `path` too: an idempotency key is for one address, and pages of a list link to it.
    """
    if request.path_info in {f"{address}/" for address in WITHOUT_SLASH}:
        request.path_info = request.path_info.removesuffix("/")
        request.path = request.path.removesuffix("/")
    elif request.path_info not in WITHOUT_SLASH and not request.path_info.endswith("/"):
        request.path_info, request.path = f"{request.path_info}/", f"{request.path}/"


class NotAllowedPage:
    """Middleware that fills a page's 405, which Django leaves empty, and keeps its Allow header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        sentence = f"This address does not take {request.method} requests."
        page = refuse(request, Code.METHOD_NOT_ALLOWED, sentence)
        page["Allow"] = response["Allow"]
        return page


def refuse(
    request: HttpRequest,
    code: Code,
    sentence: str,
    fields: dict[str, str] | None = None,
) -> HttpResponse:
    """Build the answer. `fields` has a reason for each wrong field, as in the API's own errors."""
    if is_for_programs(request):
        reasons = {name: [text] for name, text in (fields or {}).items()}
        detail = sentence_of_fields(reasons) if reasons else sentence
        return refusal(code, detail, reasons)
    problems = [f"{name}: {text}" for name, text in (fields or {}).items()]
    context = {"sentence": sentence, "problems": problems}
    return render(request, f"{code.status}.html", context, status=code.status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handle Django's suspicious operations, such as a wrong Host."""
    if isinstance(exception, RequestDataTooBig):
        return refuse(request, Code.TOO_LARGE, TOO_LARGE)
    return refuse(request, Code.BAD_REQUEST, BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refuse(request, Code.PERMISSION_DENIED, "You may not see this.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old. `reason` is for developers and not shown."""
    sentence = "The form has expired. Go back, reload the page, and send it again."
    return refuse(request, Code.CSRF_FAILED, sentence)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = "There is nothing at this address."
    path = request.path_info
    if not path.endswith("/") and is_valid_path(f"{path}/"):
        sentence = f"There is nothing at this address. Use {path}/ instead."
    return refuse(request, Code.NOT_FOUND, sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    """Handle an error that nothing caught, also one in a middleware."""
    error = sys.exc_info()[1]
    if isinstance(error, CONNECTION_ERRORS):
        return database_away(request, error)
    if is_for_programs(request):
        return refusal(Code.ERROR, OUR_FAULT)
    # Without the request no context processor runs: one of them may have failed.
    return HttpResponse(render_to_string("500.html", {"sentence": OUR_FAULT}), status=500)
