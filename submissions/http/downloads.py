"""Downloads: those that are generated while they are sent, and the content of files.

The first hold a thread of the server until their reader has everything. So each takes a place for
streams, and a user has one at a time. The second are bytes to save, or to show as an image, but never to
run. Pages that read all runs of a user, or of all, take a second of a processor or more, and hold a place
for streams, too.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, wraps
from urllib.parse import quote

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import render

from executor import Admission, Busy

from ..lifecycle.errors import Refused, TooManyStreams
from . import connections, refusals
from .refusals import sentence_of, status_of

REMOVED = "This file has been removed."
MOST_PER_USER = 1
TOO_MANY = "Too many of your searches, filtered lists, comparisons and streams are open."
POLICY = "default-src 'none'; sandbox"
"""Should a browser show it as a page after all: it loads nothing, and is of no origin."""
NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
NOT_IN_A_NAME = re.compile(r'[\\:*?"<>|]')
"""Characters that mean something in paths of some systems."""


def download(
    request: HttpRequest, pieces: Iterator[bytes], *, content_type: str, name: str
) -> HttpResponseBase:
    """Answer with a file of these pieces, or with a page and 429 or 503."""
    assert request.user.pk is not None  # noqa: S101 - the views require a login
    with ExitStack() as held:
        try:
            held.enter_context(_place(request.user.pk))
        except Refused as error:
            return busy_page(request, error)
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


def heavy(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let the view of a logged-in user hold a place for streams, or answer with a page and 429 or 503."""

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


def busy_page(request: HttpRequest, error: Refused) -> HttpResponse:
    """Answer with a page that says what the user has to wait for."""
    refusals.count(error)
    answer = render(request, "busy.html", {"sentence": sentence_of(error)}, status=status_of(error))
    answer["Retry-After"] = str(connections.RETRY_SECONDS)
    return answer


def answer_of(
    read: Callable[[], bytes | None], size: int, name: str, kind: str, user_id: int
) -> HttpResponseBase:
    """Answer with the content of a user's file, of that size, which `read` returns.

    Raises TooManyStreams, ServiceBusy, and Http404 if it is gone.
    """

    def content() -> bytes:
        if (found := read()) is None:
            raise Http404(REMOVED)
        return found

    headers = {
        "Content-Disposition": disposition_of(name),
        "Content-Security-Policy": POLICY,
        "Content-Type": kind,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return connections.answer_read(content, size, user_id, headers=headers)


def disposition_of(name: str) -> str:
    """Return the header by which a browser saves a file, under the last part of its name.

    The first name is for all clients, the second (RFC 5987) for those that know other letters.
    """
    last = name.rpartition("/")[2].strip(".") or "file"
    plain = NOT_PLAIN.sub("_", last)
    full = quote(NOT_IN_A_NAME.sub("_", last), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
