"""Answer refusals and invalid fields with pages."""

from collections.abc import Callable

from django.http import HttpResponse

from ..http import refusals
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
    """Format a serializer's errors, {"field": [reasons]}, as lines for people."""
    assert isinstance(errors, dict)  # noqa: S101 - a serializer of fields
    return [
        f"{field}: {reason}"
        for field, reasons in errors.items()
        for reason in (reasons if isinstance(reasons, list) else [reasons])
    ]
