"""A submission as an event stream (text/event-stream): its output as it comes, then its result."""

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
"""How long the stream of a POST follows a run that lost its worker and is queued again."""
JOINED_SECONDS = 1.0
"""How long a stream of events/ waits for a queued run; enough for it to start if a place is free."""
RECONNECT_MS = 1000
"""When a client reconnects if the run is still queued."""


class EventStreamRenderer(JSONRenderer):
    """Renderer by which a client asks for a stream. Other answers, such as errors, are JSON."""

    media_type = "text/event-stream"
    format = "events"


def json_unless_streamed(response: Any) -> None:
    """Mark an answer as JSON if the client asked for a stream and gets an ordinary answer."""
    if isinstance(response, Response) and response.accepted_renderer.format == "events":
        response.content_type = "application/json"


def stream(
    submission: Submission,
    to_result: Callable[[Submission], Any],
    held: ExitStack,
    *,
    queued_seconds: float = JOINED_SECONDS,
) -> StreamingHttpResponse:
    """Build the answer. `to_result` makes the last event's data.

    `held` is closed after the last event, or when the client disconnects.
    """
    frames = _frames(submission, to_result, queued_seconds)
    response = StreamingHttpResponse(
        Pieces(frames, held), content_type=EventStreamRenderer.media_type
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx must not buffer the events
    return response


def followed(submission: Submission, queued_seconds: float) -> Iterator[LiveEvent | None]:
    """Yield the output until the submission has finished, or is still queued after `queued_seconds`.

    The limit is there because a follower holds a thread, and a queue may be long. The caller checks the
    status afterwards.
    """
    give_up = monotonic() + queued_seconds
    for event in orders.follow(submission):
        yield event
        if submission.status == Status.QUEUED and monotonic() > give_up:
            return


def _frames(
    submission: Submission, to_result: Callable[[Submission], Any], queued_seconds: float
) -> Iterator[bytes]:
    yield b": begin\n\n"  # sends the headers
    for event in followed(submission, queued_seconds):
        # Only a write can fail, which is how the server notices that the client has disconnected.
        yield b": nothing yet\n\n" if event is None else _frame(event.name, {"text": event.text})
    if submission.status == Status.FINISHED:
        yield _frame("result", to_result(submission))
    elif submission.status == Status.QUEUED:
        yield b"retry: %d\n" % RECONNECT_MS + _frame("queued", {})


def _frame(event: str, data: Any) -> bytes:
    """Format one event. JSON contains no newline, so one data line is enough."""
    return b"event: %s\ndata: %s\n\n" % (event.encode(), JSONRenderer().render(data))
