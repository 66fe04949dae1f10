"""Places for requests that hold much memory, or a thread for long: streams and downloads."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache
from itertools import chain
from math import inf
from typing import Self

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from executor import Admission, Busy

from ..lifecycle.errors import ServiceBusy, TooManyStreams

SMALL = 256 * 1024
"""Bytes that are sent as any other answer."""
PIECE = 64 * 1024
RETRY_SECONDS = 5
"""Retry-After of a refused stream. A stream lasts at most as long as a run, mostly much less."""


@cache
def streams(most: int) -> Admission:
    """Return the places of this process for open streams."""
    return _half_for_others(most)


@contextmanager
def place(user_id: int) -> Iterator[None]:
    """Hold a place within the block. Raises TooManyStreams or ServiceBusy.

    A stream holds a thread of the server. That of a run has a place of another kind (place_of_a_run).
    """
    with _held(streams(settings.STREAM_MAX), user_id, settings.STREAM_MAX_PER_USER):
        yield


def place_for(size: int, user_id: int) -> AbstractContextManager[None]:
    """Hold a place within the block if the bytes that are read there, `size`, are more than SMALL.

    Raises TooManyStreams or ServiceBusy.
    """
    return place(user_id) if size > SMALL else nullcontext()


@cache
def _runs(most: int) -> Admission:
    """Return the places of this process for streams that began with their runs."""
    return _half_for_others(most)


def _half_for_others(most: int) -> Admission:
    """Make places of which half are for users who have none open, and whose streams were lately open for
    less time than the longest run and its wait take."""
    return Admission(
        places=most - most // 2,
        extra=most // 2,
        waiting=0,
        seconds=0,
        light_seconds=settings.EXECUTOR_WALL_SECONDS + settings.EXECUTOR_QUEUE_SECONDS,
    )


@contextmanager
def place_of_a_run(user_id: int) -> Iterator[None]:
    """Hold a place for the stream of a run within the block. Raises TooManyStreams or ServiceBusy.

    The run gives its own place back when it ends, but a reader who is slow still holds the thread. So a
    user has twice as many of these streams as runs, and all users as many as threads that runs may hold.
    """
    with _held(_runs(settings.WEB_CLIENTS_MAX), user_id, 2 * settings.RUN_MAX_PER_USER or inf):
        yield


@contextmanager
def _held(admission: Admission, user_id: int, most: float) -> Iterator[None]:
    with ExitStack() as held:
        try:
            held.enter_context(admission.place(user_id, most=most))
        except Busy as error:
            if admission.held_by(user_id) >= most:
                detail = f"{most} of your streams are open already."
                raise TooManyStreams(detail, retry_after=RETRY_SECONDS) from error
            raise ServiceBusy(
                "The server is busy: too many streams are open.", retry_after=error.retry_after
            ) from error
        yield


def answer_read(
    read: Callable[[], bytes],
    size: int,
    user_id: int,
    *,
    headers: Mapping[str, str],
) -> HttpResponseBase:
    """Answer with the bytes that `read` returns, `size` of them. Raises TooManyStreams or ServiceBusy.

    More than SMALL take a place for streams, from before they are read until their reader has them. So
    one user's requests and slow readers do not fill the memory.
    """
    if size <= SMALL:
        headers = {"Content-Length": str(size), **headers}
        return HttpResponse(read(), headers=headers)
    with LatePlace(user_id) as own:
        own.take()
        return own.answer(read(), headers=headers)


def answer_in_parts(
    parts: Iterator[bytes], user_id: int, *, headers: Mapping[str, str]
) -> HttpResponseBase:
    """Answer with parts of up to a megabyte that are built as their reader takes them, since all of them
    would be too much memory. If there is more than SMALL, it takes a place for streams. Raises
    TooManyStreams or ServiceBusy."""
    begun = b""
    for part in parts:
        begun += part
        if len(begun) > SMALL:
            break
    else:
        return HttpResponse(begun, headers=headers)
    with LatePlace(user_id) as own:
        own.take()
        return own.streamed(chain([begun], parts), headers=headers)


class LatePlace:
    """A place for streams that an answer takes once it turns out to be large; given back at the block's
    end, or by the answer's end."""

    def __init__(self, user_id: int) -> None:
        self._user_id = user_id
        self._is_taken = False
        self._held = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def take(self) -> None:
        """Take the place, if that has not been done. Raises TooManyStreams or ServiceBusy."""
        if not self._is_taken:
            self._held.enter_context(place(self._user_id))
            self._is_taken = True

    def answer(
        self, content: bytes, *, status: int = 200, headers: Mapping[str, str]
    ) -> HttpResponseBase:
        """Answer with bytes, which keep the place until their reader has them."""
        headers = {"Content-Length": str(len(content)), **headers}
        return self.streamed(iter([content]), status=status, headers=headers)

    def streamed(
        self, parts: Iterator[bytes], *, status: int = 200, headers: Mapping[str, str]
    ) -> HttpResponseBase:
        """The same with parts that are read when their reader has those before."""
        bits = chain.from_iterable(map(bit_by_bit, parts))
        pieces = Pieces(bits, self._held.pop_all())
        return StreamingHttpResponse(pieces, status=status, headers=headers)


def bit_by_bit(content: bytes) -> Iterator[bytes]:
    """Yield the content in pieces, since the server keeps for a slow reader what it was given."""
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]


class Pieces:
    """The content of a streamed answer. The server asks for a piece after it has sent the one before.

    A slow reader delays only its own thread, which waits here. `held` is released when the server closes
    the stream, even if it has never read from it.
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
