"""Answer 503 with Retry-After while the database is unreachable. The page needs no database."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from ..telemetry import counters
from .answers import is_for_programs, refusal
from .codes import Code

logger = logging.getLogger(__name__)

CONNECTION_ERRORS = (OperationalError, InterfaceError)
"""No connection, a lost connection, or a lock that took too long. They are temporary and not the client's
fault."""
RETRY_SECONDS = 5
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
        response = refusal(Code.DATABASE_AWAY, SENTENCE)
    else:
        # Without a request no context processor runs: they would read the user from the database.
        response = HttpResponse(render_to_string("away.html", {"sentence": SENTENCE}), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
