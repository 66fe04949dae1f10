"""The input of interactive runs, while they run.

What a user types is stored with the run first. A thread of the process that has the run then reads it
from there and types it to the program. So nothing depends on a message between processes, which may be
lost: a message only makes the thread look at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from executor import STDIN_BYTES, Keyboard, size_of

from ..periodic import PeriodicThread
from . import storage
from .errors import InputEnded, InputTooLarge, NotBegun, NotInteractive, NotUnderWay
from .models import Status, Submission, Typing

LOOK_SECONDS = 1.0
"""How often the input is read without a message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What has become of the input of a run."""

    bytes_left: int
    """How many more it may get."""
    is_open: bool


def add(submission: Submission, text: str, *, is_end: bool) -> Taken:
    """Store more input of a run, and its end with `is_end`; the run gets it soon.

    Raises NotInteractive, NotBegun, NotUnderWay, InputEnded, InputTooLarge or StorageFull.
    """
    size = len(text.encode())
    with transaction.atomic():
        rows = Submission.written.filter(pk=submission.pk)
        row: Submission = rows.select_for_update().get()
        left = STDIN_BYTES - len(row.stdin.encode())
        _check(row, size, left)
        if size:
            storage.add_typed(row, size)
        typing = Typing.ENDED if is_end else Typing.OPEN
        rows.update(stdin=row.stdin + text, typing=typing)
    return Taken(bytes_left=left - size, is_open=not is_end)


def _check(row: Submission, size: int, left: int) -> None:
    if not row.interactive:
        raise NotInteractive("This run is not interactive: it has had its whole input.")
    if row.status == Status.FINISHED:
        raise NotUnderWay("It is finished.")
    if row.status == Status.QUEUED:
        raise NotBegun("It waits in the queue. Send input when it runs.")
    if row.typing == Typing.ENDED:
        raise InputEnded("Its input has ended.")
    if size > left:
        raise InputTooLarge(
            f"A run takes {size_of(STDIN_BYTES)} of input. This one takes {size_of(left)} more."
        )


class Typist:
    """Types to one run of this process what comes for it. Thread-safe."""

    def __init__(self, on_typed: Callable[[str], None]) -> None:
        """`on_typed` is called with each piece, before the program can answer it."""
        self.keyboard = Keyboard()
        self._on_typed = on_typed
        self._thread: PeriodicThread | None = None

    def look(self) -> None:
        """Look for input at once."""
        if thread := self._thread:
            thread.wake()

    @contextmanager
    def typing(self, submission: Submission) -> Iterator[None]:
        """Type to the run within the block, if it is interactive."""
        if not submission.interactive:
            yield
            return
        seen = len(submission.stdin)

        def type_more() -> None:
            nonlocal seen
            found = Submission.objects.filter(pk=submission.pk).values_list("stdin", "typing")
            stdin, typing = found.first() or ("", "")  # its row may be gone
            if more := stdin[seen:]:
                seen = len(stdin)
                self._on_typed(more)
                self.keyboard.type(more)
            if typing == Typing.ENDED:
                self.keyboard.end()

        self._thread = PeriodicThread("typist", type_more, seconds=lambda: LOOK_SECONDS)
        self._thread.start()
        try:
            yield
        finally:
            self._thread.stop()
