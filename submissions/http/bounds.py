"""Middleware that refuses bad addresses, parameters and sizes before a view parses or compares them.

It covers pages, API and admin, since each list turns its parameters into a query and handles bad ones in
its own way.
"""

import logging
from collections.abc import Callable, Iterator

from django.contrib.admin.options import IncorrectLookupParameters
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from .codes import Code
from .error_pages import BAD_REQUEST, TOO_LARGE, refuse

logger = logging.getLogger(__name__)

PATH_BYTES = 300
"""The longest path in UTF-8. The site's own are below 150; answers and links repeat it."""
METHOD_CHARACTERS = 20
"""The longest method: twice the longest that is in use. Answers and logs repeat it too."""
PARAMETER_CHARACTERS = 4000
"""The longest value. The site's own longest is `next` with the parameters of another address."""
TOO_LONG_A_METHOD = f"At most {METHOD_CHARACTERS} characters."
NAME_CHARACTERS = 100
NAMES_SHOWN = 5
FORM_BYTES = 64 * 1024
SMALL_FORMS = ("/accounts/", "/admin/", "/lab/")
"""Addresses whose forms take no program. A name or password of a megabyte would cost time everywhere."""
DOES_NOT_FIT = (OverflowError, DataError, IncorrectLookupParameters)
"""Raised for a value that is outside the range of a date, a number or a column."""


class Bounds:
    """The middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if len(request.method or "") > METHOD_CHARACTERS:
            return refuse(request, Code.BAD_REQUEST, BAD_REQUEST, {"method": TOO_LONG_A_METHOD})
        path = request.path_info
        # PostgreSQL refuses a null character even in a comparison.
        if "\0" in path or len(path.encode()) > PATH_BYTES:
            return refuse(request, Code.NOT_FOUND, "There is nothing at this address.")
        if problems := dict(zip(range(NAMES_SHOWN), _problems(request), strict=False)):
            return refuse(request, Code.BAD_REQUEST, BAD_REQUEST, dict(problems.values()))
        if request.path_info.startswith(SMALL_FORMS) and _length(request) > FORM_BYTES:
            return refuse(request, Code.TOO_LARGE, TOO_LARGE)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 400 for a value that passed the view's checks but does not fit."""
        if not isinstance(error, DOES_NOT_FIT):
            return None
        logger.warning("a value of the request does not fit", exc_info=error)
        return refuse(request, Code.BAD_REQUEST, BAD_REQUEST)


def _problems(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Yield name and reason of each parameter that is wrong."""
    for name, values in request.GET.lists():
        if len(name) > NAME_CHARACTERS or not name.isprintable():
            yield (
                name[:NAME_CHARACTERS].encode("ascii", "backslashreplace").decode(),
                "Invalid parameter name.",
            )
        elif any(len(value) > PARAMETER_CHARACTERS for value in values):
            yield name, f"At most {PARAMETER_CHARACTERS} characters."
        elif any("\0" in value for value in values):
            yield name, "Null characters are not allowed."


def _length(request: HttpRequest) -> int:
    """Return the size of the body by its header; the server refuses bodies of unknown length."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
