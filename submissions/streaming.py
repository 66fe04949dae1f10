"""A submission as an event stream (text/event-stream): its output piece by piece, its result last."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from .dispatch import dispatcher
from .exceptions import ServiceBusy, TooManyStreams
from .live import LiveEvent
from .models import Status, Submission

RETRY_SECONDS = 5
"""A stream lasts no longer than a run, mostly much shorter."""
QUEUED_SECONDS = 30.0

_lock = threading.Lock()
_open: Counter[int] = Counter()


class EventStreamRenderer(JSONRenderer):
    """Lets a client ask for a stream. What is none, such as an error, is JSON all the same."""

    media_type = "text/event-stream"
    format = "events"


def json_unless_streamed(response: Any) -> None:
    """Calls an answer by what it is, where a stream was asked for and there was none to be had."""
    if isinstance(response, Response) and response.accepted_renderer.format == "events":
        response.content_type = "application/json"


@contextmanager
def place(user_id: int) -> Iterator[None]:
    """Holds one of the streams that may be open within the block: each takes a thread of the server.
    Raises TooManyStreams or ServiceBusy."""
    with _lock:
        if _open[user_id] >= settings.STREAM_MAX_PER_USER:
            raise TooManyStreams(
                wait=RETRY_SECONDS,
                detail=f"{settings.STREAM_MAX_PER_USER} of your streams are open already.",
            )
        if _open.total() >= settings.STREAM_MAX:
            raise ServiceBusy(
                "Too many streams are open; try again later", retry_after=RETRY_SECONDS
            )
        _open[user_id] += 1
    try:
        yield
    finally:
        with _lock:
            _open[user_id] -= 1
            if not _open[user_id]:
                del _open[user_id]


class EventStream:
    """What the server sends, piece by piece. It asks for the next when the last is under way to the
    reader: a slow one is waited for here, in a thread that holds up nothing else.

    `held` is let go when the server closes the stream, also if it never began to read.
    """

    def __init__(self, frames: Iterator[bytes], held: ExitStack) -> None:
        self._frames = frames
        self._held = held

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._frames)

    def close(self) -> None:
        self._held.close()


def stream(
    submission: Submission, to_result: Callable[[Submission], Any], held: ExitStack
) -> StreamingHttpResponse:
    """The answer. `to_result` makes the last event's data; `held` is closed after it, or when the
    reader has left."""
    frames = _frames(submission, to_result)
    response = StreamingHttpResponse(
        EventStream(frames, held), content_type=EventStreamRenderer.media_type
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy is not to collect the pieces
    return response


def followed(submission: Submission) -> Iterator[LiveEvent | None]:
    """What it prints until it is finished; of one that stays queued, no longer than QUEUED_SECONDS, since
    whoever follows holds a place. Its status tells."""
    give_up = monotonic() + QUEUED_SECONDS
    for event in dispatcher().follow(submission):
        yield event
        if submission.status == Status.QUEUED and monotonic() > give_up:
            return


def _frames(submission: Submission, to_result: Callable[[Submission], Any]) -> Iterator[bytes]:
    yield b": begin\n\n"  # the headers go out with it
    for event in followed(submission):
        # Writing is the only way to notice that a reader has left.
        yield b": nothing yet\n\n" if event is None else _frame(event.name, {"text": event.text})
    if submission.status == Status.FINISHED:
        yield _frame("result", to_result(submission))


def _frame(event: str, data: Any) -> bytes:
    """JSON holds no newline, so it is one line of data."""
    return b"event: %s\ndata: %s\n\n" % (event.encode(), JSONRenderer().render(data))
