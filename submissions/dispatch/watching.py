"""Runs of other processes that are watched from here, by submission."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from .mailbox import Mailbox

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
