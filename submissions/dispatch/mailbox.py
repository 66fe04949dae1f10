"""The notifications that this process receives of a run in another one (reporter.py sends them)."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from .feed import RESTART, LiveEvent, Transcript

BEGUN = "begun"
ENDED = "ended"
FIRST = ""
"""The name of a mailbox that is there before its run. The worker reports to it without a call."""


class Mailbox(Transcript):
    """The notifications of one run. They may be lost, so a waiting process polls the row too.

    A reader that comes back has another mailbox, to which the worker reports from the beginning. By its
    name it refuses notifications that still come for the earlier one.
    """

    def __init__(self, name: str = FIRST) -> None:
        super().__init__()
        self.name = name
        self.result: dict[str, Any] | None = None
        """The row's new values, if the notification of the end had them."""
        self.attempt = 0
        """The attempt of the last notification. Those of an earlier one, which is lost, come too late."""
        self.is_complete = False
        """Whether that was the one after all output, so that no piece is still on its way."""

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take a notification. The first of a later attempt voids the output so far."""
        attempt = message["attempt"]
        if message.get("mailbox", FIRST) != self.name or attempt < self.attempt:
            return
        if attempt > self.attempt > 0:
            self.publish(RESTART)
        self.attempt = attempt
        self.result = message.get("result")
        # The end that comes with the result may overtake pieces: its sender is another thread.
        self.is_complete = message["event"] == ENDED and "result" not in message
        if message["event"] in {BEGUN, ENDED}:
            self.look()
        else:
            self.publish(LiveEvent(message["event"], message["text"]))

    def wait_to_look(self, seen: int, seconds: float) -> int:
        """Block until the row has changed more than `seen` times, for that time at most.

        Returns how many times it has changed by now; each waiting thread keeps its own count.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._looks > seen, seconds)
            return self._looks


_mailboxes: dict[UUID, Mailbox] = {}
_watchers: Counter[UUID] = Counter()
_lock = threading.Lock()


@contextmanager
def watched(submission_id: UUID, name: str | None = None) -> Iterator[Mailbox]:
    """Receive the notifications of a run within the block.

    All who watch a run from here share its mailbox, which ends when the last of them leaves. A new one
    has a name of its own, or `name`.
    """
    new = Mailbox(uuid4().hex if name is None else name)
    with _lock:
        mailbox = _mailboxes.setdefault(submission_id, new)
        _watchers[submission_id] += 1
    try:
        yield mailbox
    finally:
        with _lock:
            _watchers[submission_id] -= 1
            if not _watchers[submission_id]:
                del _watchers[submission_id], _mailboxes[submission_id]
                mailbox.end()


def mailbox_of(submission_id: UUID) -> Mailbox | None:
    """Return the mailbox of that submission, if anybody watches it from here."""
    return _mailboxes.get(submission_id)
