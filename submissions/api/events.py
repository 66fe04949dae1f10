"""A submission as an event stream (text/event-stream): its output piece by piece, its result last."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import monotonic
from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from .. import orders
from ..dispatch.feed import LiveEvent
from ..http.connections import Pieces
from ..lifecycle.models import Status, Submission

QUEUED_SECONDS = 30.0
"""How long the stream of a POST stays with a run that lost its worker and is queued again."""
JOINED_SECONDS = 1.0
"""How long a stream of events/ waits for a queued one: long enough where there is a free place."""
RECONNECT_MS = 1000
"""When the reader of one that stayed queued is to come again."""


class EventStreamRenderer(JSONRenderer):
    """Lets a client ask for a stream. What is none, such as an error, is JSON all the same."""

    media_type = "text/event-stream"
    format = "events"


def json_unless_streamed(response: Any) -> None:
    """Calls an answer by what it is, where a stream was asked for and there was none to be had."""
    if isinstance(response, Response) and response.accepted_renderer.format == "events":
        response.content_type = "application/json"


def stream(
    submission: Submission,
    to_result: Callable[[Submission], Any],
    held: ExitStack,
    *,
    queued_seconds: float = JOINED_SECONDS,
) -> StreamingHttpResponse:
    """The answer. `to_result` makes the last event's data; `held` is closed after it, or when the
    reader has left."""
    frames = _frames(submission, to_result, queued_seconds)
    response = StreamingHttpResponse(
        Pieces(frames, held), content_type=EventStreamRenderer.media_type
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy is not to collect the pieces
    return response


def followed(submission: Submission, queued_seconds: float) -> Iterator[LiveEvent | None]:
    """What it prints until it is finished. It ends when the submission has been queued for that time: a
    follower holds a thread, and a queue may be long. The status then says so."""
    give_up = monotonic() + queued_seconds
    for event in orders.follow(submission):
        yield event
        if submission.status == Status.QUEUED and monotonic() > give_up:
            return


def _frames(
    submission: Submission, to_result: Callable[[Submission], Any], queued_seconds: float
) -> Iterator[bytes]:
    yield b": begin\n\n"  # the headers go out with it
    for event in followed(submission, queued_seconds):
        # Writing is the only way to notice that a reader has left.
        yield b": nothing yet\n\n" if event is None else _frame(event.name, {"text": event.text})
    if submission.status == Status.FINISHED:
        yield _frame("result", to_result(submission))
    elif submission.status == Status.QUEUED:
        yield b"retry: %d\n" % RECONNECT_MS + _frame("queued", {})


def _frame(event: str, data: Any) -> bytes:
    """JSON holds no newline, so it is one line of data."""
    return b"event: %s\ndata: %s\n\n" % (event.encode(), JSONRenderer().render(data))
