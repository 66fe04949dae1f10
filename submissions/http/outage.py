"""When the database is away: 503 and Retry-After, by a page that needs none."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string

from ..telemetry import counters

logger = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)
"""No connection, a lost one, or one that waits for another's lock for too long: none is a request's
fault, and all pass."""
RETRY_SECONDS = 5
SENTENCE = "The service can't reach its database at the moment; please try again."


class DatabaseAway:
    """Middleware: for whatever view has met it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return away(request, error) if isinstance(error, AWAY) else None


def away(request: HttpRequest, error: BaseException) -> HttpResponse:
    logger.warning("the database does not answer: %s", error)
    counters.refused("database_away")
    response: HttpResponse
    if is_for_programs(request):
        response = JsonResponse({"detail": SENTENCE, "code": "database_away"}, status=503)
    else:
        # No context processor runs without a request: they would ask the database who the user is.
        response = HttpResponse(render_to_string("away.html", {"sentence": SENTENCE}), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def is_for_programs(request: HttpRequest) -> bool:
    """Report whether the client is a program, which wants JSON."""
    return request.path_info in {"/run", "/run/", "/api"} or request.path_info.startswith("/api/")
