"""Answer refusals and invalid fields with pages."""

from collections.abc import Callable

from django.http import HttpResponse

from ..http import refusals
from ..http.problems import fields_of, lines_of
from ..http.refusals import sentence_of, status_of
from ..lifecycle.errors import Refused


def refused(error: Refused, page: Callable[[list[str]], HttpResponse]) -> HttpResponse:
    """Return `page` of the reason, with the refusal's status and Retry-After."""
    refusals.count(error)
    answer = page([sentence_of(error)])
    answer.status_code = status_of(error)
    if error.retry_after is not None:
        answer["Retry-After"] = str(error.retry_after)
    return answer


def problems_of(errors: object) -> list[str]:
    """Format a serializer's errors as lines for people."""
    return lines_of(fields_of(errors))
