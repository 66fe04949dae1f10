"""Answers of one form for programs and for people: JSON or a page."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, JsonResponse

from .codes import Code, error_body

JSON, PAGE = "application/json", "text/html"


WITHOUT_SLASH = ("/run", "/mcp")
"""Addresses of programs that have no slash at the end; all below /api/ and of dialects have one."""


DIALECTS = ("/e2b/", "/jobe/", "/judge0/", "/librechat/", "/piston/")
"""The beginnings of the dialects' addresses."""


def is_of_the_api(request: HttpRequest) -> bool:
    """Return whether the address is the API's, or that of another door for programs."""
    return f"{request.path_info}/".startswith(("/run/", "/mcp/", "/api/", *DIALECTS))


def is_for_programs(request: HttpRequest) -> bool:
    """Return whether the answer must be JSON.

    The API answers in JSON unless the client prefers a page, as browsers do. Other addresses answer with
    a page unless the client prefers JSON, as scripts of pages do.
    """
    if is_of_the_api(request):
        return request.get_preferred_type([JSON, PAGE]) != PAGE
    return request.get_preferred_type([PAGE, JSON]) == JSON


def refusal(
    code: Code, detail: str, fields: Mapping[str, Sequence[str]] | None = None
) -> JsonResponse:
    """Build a refusal in JSON, with the status of its code."""
    return JsonResponse(error_body(code, detail, fields), status=code.status)
