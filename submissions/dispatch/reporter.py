"""Report a run of this worker to the web processes that follow it (mailbox.py receives the reports)."""

import threading
from typing import Any

from ..lifecycle import columns
from ..lifecycle.models import Status, Submission
from . import broker
from .feed import Feed
from .mailbox import BEGUN, ENDED, FIRST

RESULT_CHARACTERS = 16 * 1024
"""The broker is for small messages."""


class Reporter:
    """The sender of one attempt's notifications to its listeners. Thread-safe."""

    def __init__(self, submission: Submission, feed: Feed) -> None:
        self.feed = feed
        self._submission = submission
        # Kept, since the submission of a lost attempt is read again, and then has another number.
        self._attempt = submission.attempt
        self._mailboxes: dict[str, str] = {}
        """The mailbox of each listener: a process has one for a run at a time."""
        self._lock = threading.Lock()

    def report_to(self, listener: str, mailbox: str = FIRST) -> None:
        """Send the run to a new mailbox of a listener, from its beginning to its end.

        The reports to the listener's earlier mailbox, which is gone, stop. A thread of its own sends it,
        so that a slow broker does not delay the program. Raises RuntimeError if there is no thread.
        """
        with self._lock:
            if self._mailboxes.get(listener) == mailbox:
                return
            self._mailboxes[listener] = mailbox
        arguments = [listener, mailbox]
        threading.Thread(target=self._report, args=arguments, name="reporter", daemon=True).start()

    def report_result(self, listener: str) -> None:
        """Send only the end, with the stored result if that is short."""
        broker.send(listener, self._message(ENDED) | {"result": _result_of(self._submission)})

    def _report(self, listener: str, mailbox: str) -> None:
        broker.send(listener, self._message(BEGUN, mailbox=mailbox))
        for event in self.feed.follow():
            if self._mailboxes[listener] != mailbox:
                return
            if event is not None:
                broker.send(listener, self._message(*event, mailbox=mailbox))
        broker.send(listener, self._message(ENDED, mailbox=mailbox))

    def _message(self, event: str, text: str = "", *, mailbox: str = FIRST) -> broker.Message:
        return {
            "id": str(self._submission.pk),
            "mailbox": mailbox,
            "attempt": self._attempt,
            "event": event,
            "text": text,
        }


def _result_of(submission: Submission) -> dict[str, Any] | None:
    """Return the stored result, so that the waiting process need not read it; None if it is long."""
    is_short = len(submission.stdout) + len(submission.stderr) <= RESULT_CHARACTERS
    if submission.status != Status.FINISHED or not is_short:
        return None
    return {name: getattr(submission, name) for name in columns.CHANGING}
