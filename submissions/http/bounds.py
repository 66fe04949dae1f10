"""Middleware: what no view should meet. Sizes are checked before anything is parsed or compared.

One place for all pages, the API and the admin, since each list turns its parameters into a query and
each has its own idea of a bad one.
"""

import logging
from collections.abc import Callable, Iterator

from django.contrib.admin.options import IncorrectLookupParameters
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from .error_pages import BAD_REQUEST, TOO_LARGE, refuse

logger = logging.getLogger(__name__)

PARAMETER_CHARACTERS = 4000
"""Of a value. The longest that the site makes is `next` with another address's parameters."""
NAME_CHARACTERS = 100
NAMES_SHOWN = 5
FORM_BYTES = 64 * 1024
SMALL_FORMS = ("/accounts/", "/admin/", "/lab/")
"""Nothing here takes a program. A name or password of a megabyte costs time wherever it is looked at."""
DOES_NOT_FIT = (OverflowError, DataError, IncorrectLookupParameters)
"""A value of the request that is outside of what a moment, a number or a column can hold."""


class Bounds:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info:  # PostgreSQL holds no such text, not even to compare it
            return refuse(request, 404, "not_found", "There is nothing at this address.")
        if problems := dict(zip(range(NAMES_SHOWN), _problems(request), strict=False)):
            return refuse(request, 400, "bad_request", BAD_REQUEST, dict(problems.values()))
        if request.path_info.startswith(SMALL_FORMS) and _length(request) > FORM_BYTES:
            return refuse(request, 413, "too_large", TOO_LARGE)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 400 for a value that passed a view's own checks and then did not fit."""
        if not isinstance(error, DOES_NOT_FIT):
            return None
        logger.warning("a value of the request does not fit", exc_info=error)
        return refuse(request, 400, "bad_request", BAD_REQUEST)


def _problems(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Find the parameters that are wrong: name, reason."""
    for name, values in request.GET.lists():
        if len(name) > NAME_CHARACTERS or not name.isprintable():
            yield (
                name[:NAME_CHARACTERS].encode("ascii", "backslashreplace").decode(),
                "No such name.",
            )
        elif any(len(value) > PARAMETER_CHARACTERS for value in values):
            yield name, f"At most {PARAMETER_CHARACTERS} characters."
        elif any("\0" in value for value in values):
            yield name, "Null characters are not allowed."


def _length(request: HttpRequest) -> int:
    """Read the announced size of the body. The server accepts none that it does not know."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
