"""Requests that hold a thread of the server for long: each takes one of the places for streams."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from django.conf import settings

from executor import Admission, Busy

from ..lifecycle.errors import ServiceBusy, TooManyStreams

RETRY_SECONDS = 5
"""A stream of events lasts no longer than a run, mostly much shorter."""


@cache
def streams(most: int) -> Admission:
    """Those that may be open in this process, of all users. Half of them are for users who have none
    open and have lately held one for less time than the longest run and its wait take."""
    return Admission(
        places=most - most // 2,
        extra=most // 2,
        waiting=0,
        seconds=0,
        light_seconds=settings.EXECUTOR_WALL_SECONDS + settings.EXECUTOR_QUEUE_SECONDS,
    )


@contextmanager
def place(user_id: int) -> Iterator[None]:
    """Holds one of the streams that may be open within the block: each takes a thread of the server.
    A streamed run needs none, its thread is the run's. Raises TooManyStreams or ServiceBusy."""
    admission, most = streams(settings.STREAM_MAX), settings.STREAM_MAX_PER_USER
    with ExitStack() as held:
        try:
            held.enter_context(admission.place(user_id, most=most))
        except Busy as error:
            if admission.held_by(user_id) >= most:
                detail = f"{most} of your streams are open already."
                raise TooManyStreams(detail, retry_after=RETRY_SECONDS) from error
            raise ServiceBusy(
                "Too many streams are open; try again later", retry_after=error.retry_after
            ) from error
        yield


class Pieces:
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
