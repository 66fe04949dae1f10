"""Downloads that are generated while they are sent.

Each holds a thread of the server until its reader has everything, so it takes a place for streams, and a
user has one download at a time.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from executor import Admission, Busy

from ..lifecycle.errors import Refused, TooManyStreams
from . import connections, refusals
from .refusals import sentence_of, status_of

MOST_PER_USER = 1


def download(
    request: HttpRequest, pieces: Iterator[bytes], *, content_type: str, name: str
) -> HttpResponseBase:
    """Answer with a file of these pieces, or with a page and 429 or 503."""
    assert request.user.pk is not None  # noqa: S101 - the views require a login
    with ExitStack() as held:
        try:
            held.enter_context(_place(request.user.pk))
        except Refused as error:
            return _refused(request, error)
        return StreamingHttpResponse(
            connections.Pieces(pieces, held.pop_all()),
            content_type=content_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


@contextmanager
def _place(user_id: int) -> Iterator[None]:
    """Hold the user's one download and a place for streams within the block."""
    with ExitStack() as held:
        try:
            held.enter_context(_downloads(settings.STREAM_MAX).place(user_id, most=MOST_PER_USER))
        except Busy as error:
            detail = "You are downloading already; wait until that download has ended."
            raise TooManyStreams(detail, retry_after=connections.RETRY_SECONDS) from error
        held.enter_context(connections.place(user_id))
        yield


@cache
def _downloads(most: int) -> Admission:
    """Return the downloads of this process. The places for streams limit their number."""
    return Admission(places=most, waiting=0, seconds=0)


def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    refusals.count(error)
    answer = render(request, "busy.html", {"sentence": sentence_of(error)}, status=status_of(error))
    answer["Retry-After"] = str(connections.RETRY_SECONDS)
    return answer
