"""What is under way, as this process knows it: what each run has said so far, and the way to end it.

A run is entered by its submission's id before it starts and leaves when its result is stored. Whoever
follows it by then keeps it until they are done.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

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


_runs: dict[UUID, LiveRun] = {}
_news: dict[UUID, LiveRun] = {}
_watchers: Counter[UUID] = Counter()
_lock = threading.Lock()


@contextmanager
def entered(submission_id: UUID) -> Iterator[LiveRun]:
    """A run of this process: can be found within the block, and has ended after it.

    One that was given up as lost and begun again here is entered twice: the later one is found.
    """
    run = _runs[submission_id] = LiveRun()
    try:
        yield run
    finally:
        if _runs.get(submission_id) is run:
            del _runs[submission_id]
        run.end()


def find(submission_id: UUID) -> LiveRun | None:
    """The run of that submission, if it is under way in this process."""
    return _runs.get(submission_id)


@contextmanager
def watched(submission_id: UUID) -> Iterator[LiveRun]:
    """What is heard of a run that is another process's: those who watch it from here share it, and it
    ends when the last of them leaves."""
    with _lock:
        news = _news.setdefault(submission_id, LiveRun())
        _watchers[submission_id] += 1
    try:
        yield news
    finally:
        with _lock:
            _watchers[submission_id] -= 1
            if not _watchers[submission_id]:
                del _watchers[submission_id], _news[submission_id]
                news.end()


def news_of(submission_id: UUID) -> LiveRun | None:
    """What is heard of that submission, if anybody watches it from here."""
    return _news.get(submission_id)


def held() -> list[UUID]:
    """The submissions that run in this process."""
    return list(_runs)
