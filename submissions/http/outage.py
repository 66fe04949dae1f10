"""Answer 503 with Retry-After while the database is unreachable. The page needs no database."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string

from ..telemetry import counters
from .codes import Code, error_body

logger = logging.getLogger(__name__)

CONNECTION_ERRORS = (OperationalError, InterfaceError)
"""No connection, a lost connection, or a lock that took too long. They are temporary and not the client's
fault."""
RETRY_SECONDS = 5
JSON, PAGE = "application/json", "text/html"
SENTENCE = "The server can't reach its database at the moment. Try again in 5 s."


class DatabaseAway:
    """Middleware that catches these errors from any view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return database_away(request, error) if isinstance(error, CONNECTION_ERRORS) else None


def database_away(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Answer 503 in JSON or as a page, and log the error."""
    logger.warning("the database does not answer: %s", error)
    counters.refused("database_away")
    response: HttpResponse
    if is_for_programs(request):
        response = JsonResponse(error_body(Code.DATABASE_AWAY, SENTENCE), status=503)
    else:
        # Without a request no context processor runs: they would read the user from the database.
        response = HttpResponse(render_to_string("away.html", {"sentence": SENTENCE}), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def is_of_the_api(request: HttpRequest) -> bool:
    """Return whether the address is the API's."""
    return request.path_info in {"/run", "/api"} or request.path_info.startswith(("/run/", "/api/"))


def is_for_programs(request: HttpRequest) -> bool:
    """Return whether the answer must be JSON.

    The API answers in JSON unless the client prefers a page, as browsers do. Other addresses answer with
    a page unless the client prefers JSON, as scripts of pages do.
    """
    if is_of_the_api(request):
        return request.get_preferred_type([JSON, PAGE]) != PAGE
    return request.get_preferred_type([PAGE, JSON]) == JSON
