"""Files that are made while they are sent. Each holds a thread of the server for as long as its reader
takes, so it holds one of the places for streams, and a user has one download at a time."""

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
    """Answer with a file of these pieces, or refuse with 429 or 503 and a page."""
    assert request.user.pk is not None  # noqa: S101 - the views ask for a login
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
    """Hold the user's one download, and a stream's place for it, within the block."""
    with ExitStack() as held:
        try:
            held.enter_context(_downloads(settings.STREAM_MAX).place(user_id, most=MOST_PER_USER))
        except Busy as error:
            detail = "You are downloading already; wait for its end."
            raise TooManyStreams(detail, retry_after=connections.RETRY_SECONDS) from error
        held.enter_context(connections.place(user_id))
        yield


@cache
def _downloads(most: int) -> Admission:
    """Know who downloads in this process. What bounds all of them is the streams' number."""
    return Admission(places=most, waiting=0, seconds=0)


def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    refusals.count(error)
    answer = render(request, "busy.html", {"sentence": sentence_of(error)}, status=status_of(error))
    answer["Retry-After"] = str(connections.RETRY_SECONDS)
    return answer
