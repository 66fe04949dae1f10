"""An answer to a method that a page does not take. Django's own answer is empty."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from .codes import Code
from .error_pages import refuse


class NotAllowedPage:
    """Middleware that fills the empty 405 of a page, and keeps its Allow header."""

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
