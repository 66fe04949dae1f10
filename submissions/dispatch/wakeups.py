"""Notifications to workers that something is queued."""

from collections.abc import Sequence

from ..lifecycle import queue
from ..lifecycle.models import Submission
from . import broker


def top_up() -> None:
    """Send the notifications that are missing: a message is not as safe as a row."""
    for language, length in queue.lengths().items():
        pending = broker.pending_notifications(language)
        if pending is None:
            return
        if not all(broker.wake(language) for _ in range(length - pending)):
            return


def wake_for(submissions: Sequence[Submission]) -> None:
    """Send a notification for each; those that a broker does not get, `top_up` sends later."""
    for submission in submissions:
        if not broker.wake(submission.language):
            return
