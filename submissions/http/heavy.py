"""Pages that may take a second of a processor or more, since they read all runs of a user, or of all.

Each holds a place for streams meanwhile, so that those of one user leave threads to others.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

from ..lifecycle.errors import Refused, TooManyStreams
from . import connections
from .downloads import busy_page

TOO_MANY = "Too many of your searches, filtered lists, comparisons and streams are open."


def heavy(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let the view of a logged-in user hold a place, or answer with a page and 429 or 503."""

    @wraps(view)
    def with_place(request: HttpRequest) -> HttpResponse:
        assert request.user.pk is not None  # noqa: S101 - for the type checker
        try:
            with connections.place(request.user.pk):
                return view(request)
        except TooManyStreams as error:
            return busy_page(request, TooManyStreams(TOO_MANY, retry_after=error.retry_after))
        except Refused as error:
            return busy_page(request, error)

    return with_place
