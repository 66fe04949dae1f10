"""The output of a run in progress: written by one thread, followed and ended by any other.

Transcript    the output so far, and its followers
├── Feed      of a run in this process, which can be cancelled and typed to
└── Mailbox   of a run in another process, as far as its notifications arrive (mailbox.py)
"""

import threading
from collections.abc import Generator, Iterator
from itertools import groupby
from typing import NamedTuple

from executor import Cancellation, RunEvent

from ..lifecycle.models import Submission
from ..lifecycle.typed import Typist

SILENCE_SECONDS = 1.0
"""A follower gets None after a second without output."""
PAUSE_SECONDS = 0.02
"""Minimum time between two pieces of output to a follower, so that small writes go out together. Nobody
reads faster."""


class LiveEvent(NamedTuple):
    """A piece of output."""

    name: str
    """stdout, stderr, or restart: the run has begun again, and its earlier output is void. Of an
    interactive run also stdin, what was typed, and waiting and working (executor/runs.py)."""
    text: str


RESTART = LiveEvent("restart", "")
TYPED = "stdin"


class _Seen(NamedTuple):
    """The position of a follower."""

    events: int = 0
    looks: int = 0
    ended: bool = False


class Transcript:
    """The output of a run so far. Thread-safe."""

    def __init__(self) -> None:
        self._events: list[LiveEvent] = []
        self._looks = 0
        self._changed = threading.Condition()
        self._ended = threading.Event()

    def publish(self, event: RunEvent | LiveEvent) -> None:
        """Append a piece of output, without waiting for a follower.

        The run's output limit bounds what is kept.
        """
        if isinstance(event, RunEvent):
            event = LiveEvent(event.stream, event.text)
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def look(self) -> None:
        """Make followers read the row, because it has changed."""
        with self._changed:
            self._looks += 1
            self._changed.notify_all()

    def end(self) -> None:
        """End the output; followers end when they have read the rest."""
        with self._changed:
            self._ended.set()
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Block until the end, for that time at most; return whether it has come."""
        return self._ended.wait(seconds)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was heard: neither output nor a change of the row."""
        return not (self._events or self._looks)

    def follow(self) -> Generator[LiveEvent | None]:
        """Yield the output from its beginning, then as it comes, until the end.

        None stands for a second of silence, or for a change of the row. Pieces of one stream that have
        piled up for a slow reader come as one.
        """
        seen = _Seen()
        while not seen.ended:
            with self._changed:
                self._changed.wait_for(lambda: self._state() != seen, SILENCE_SECONDS)  # noqa: B023
                before, seen = seen, self._state()
                fresh = self._events[before.events : seen.events]
            yield from merged(fresh)
            if not seen.ended and (not fresh or seen.looks > before.looks):
                yield None
            if fresh:
                self.wait(PAUSE_SECONDS)

    def _state(self) -> _Seen:
        return _Seen(len(self._events), self._looks, self._ended.is_set())


class Feed(Transcript):
    """A run in this process: its output, and the ways to end it and to type to it."""

    def __init__(self) -> None:
        super().__init__()
        self.cancellation = Cancellation()
        self.typist = Typist(lambda text: self.publish(LiveEvent(TYPED, text)))


def merged(events: list[LiveEvent]) -> Iterator[LiveEvent]:
    """Join neighbours of one stream."""
    for name, pieces in groupby(events, key=lambda event: event.name):
        yield LiveEvent(name, "".join(piece.text for piece in pieces))


def stored_output(submission: Submission) -> Iterator[LiveEvent]:
    """Yield the output of a run that is over, from its row."""
    if submission.stdout:
        yield LiveEvent("stdout", submission.stdout)
    if submission.stderr:
        yield LiveEvent("stderr", submission.stderr)
