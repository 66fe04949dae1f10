"""The notifications that this process receives of a run in another one (reporter.py sends them)."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from .feed import RESTART, LiveEvent, Transcript

BEGUN = "begun"
ENDED = "ended"


class Mailbox(Transcript):
    """The notifications of one run. They may be lost, so a waiting process polls the row too."""

    def __init__(self) -> None:
        super().__init__()
        self.result: dict[str, Any] | None = None
        """The row's new values, if the notification of the end had them."""
        self._attempt = 0

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take a notification. The first of a later attempt voids the output so far."""
        attempt = message["attempt"]
        if attempt > self._attempt > 0:
            self.publish(RESTART)
        self._attempt = attempt
        self.result = message.get("result")
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
def watched(submission_id: UUID) -> Iterator[Mailbox]:
    """Receive the notifications of a run within the block.

    All who watch a run from here share its mailbox, which ends when the last of them leaves.
    """
    with _lock:
        mailbox = _mailboxes.setdefault(submission_id, Mailbox())
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
