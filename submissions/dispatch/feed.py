"""What is under way, as this process knows it: what each run has said so far, and the way to end it.

A run is entered by its submission's id before it starts and leaves when its result is stored. Whoever
follows it by then keeps it until they are done.
"""

import threading
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from executor import Cancellation, RunEvent

from ..lifecycle.models import Submission

SILENCE_SECONDS = 1.0
"""A follower who has heard nothing for so long is told that there is nothing."""
PAUSE_SECONDS = 0.02
"""Between two tellings of one follower: a program that prints byte by byte is not worth a message a
byte, and nobody reads faster."""


class LiveEvent(NamedTuple):
    """What a follower hears."""

    name: str
    """stdout, stderr, or restart: what came before it is void, since the run began anew."""
    text: str


RESTART = LiveEvent("restart", "")
LOOK = LiveEvent("look", "")
"""Never handed on to a reader: the submission's row has changed."""


class LiveRun:
    """One run: written by one thread, followed and ended by any other."""

    def __init__(self) -> None:
        self.cancellation = Cancellation()
        self.attempt = 0
        """Where events come from afar: of which attempt."""
        self.result: dict[str, Any] | None = None
        """The row's new values, if they came with the news of its end."""
        self._told: set[str] = set()
        self._events: list[LiveEvent] = []
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._look = threading.Event()

    def publish(self, event: RunEvent | LiveEvent) -> None:
        """Waits for no reader. What is kept is as small as the output of a run may be."""
        if isinstance(event, RunEvent):
            event = LiveEvent(event.stream, event.text)
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self._ended.set()
            self._changed.notify_all()

    def look(self) -> None:
        """Says that the row has changed."""
        self.publish(LOOK)
        self._look.set()

    def wait_to_look(self, seconds: float) -> None:
        """Until the row has changed, or for that time."""
        self._look.wait(seconds)
        self._look.clear()

    def is_told_to(self, listener: str) -> bool:
        """Whether that listener is told already; from now on it is."""
        with self._changed:
            known = listener in self._told
            self._told.add(listener)
        return known

    @property
    def is_silent(self) -> bool:
        """Nothing has been heard of it."""
        return not self._events

    def wait(self, seconds: float) -> bool:
        """Whether it ended within that time."""
        return self._ended.wait(seconds)

    def follow(self) -> Iterator[LiveEvent | None]:
        """What it printed from its beginning, then as it comes, until it ends; None for a silence.

        Neighbours of one stream that the reader was too slow for come as one.
        """
        position = 0
        ended = False
        while not ended:
            with self._changed:
                self._changed.wait_for(
                    lambda: len(self._events) > position or self._ended.is_set(),  # noqa: B023
                    SILENCE_SECONDS,
                )
                ended = self._ended.is_set()
                fresh = self._events[position:]
            position += len(fresh)
            yield from merged(fresh)
            if not fresh and not ended:
                yield None
            if LOOK not in fresh:
                self._ended.wait(PAUSE_SECONDS)


def merged(events: list[LiveEvent]) -> Iterator[LiveEvent]:
    """Neighbours of one stream as one event."""
    for name, pieces in groupby(events, key=lambda event: event.name):
        yield LiveEvent(name, "".join(piece.text for piece in pieces))


def stored_output(submission: Submission) -> Iterator[LiveEvent]:
    """What is left to tell of a run that is over."""
    if submission.stdout:
        yield LiveEvent("stdout", submission.stdout)
    if submission.stderr:
        yield LiveEvent("stderr", submission.stderr)
