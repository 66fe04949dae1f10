"""Wake-ups of workers."""

from collections.abc import Sequence

from ..lifecycle import queue
from ..lifecycle.models import Submission
from . import broker


def top_up() -> None:
    """Sends the wake-ups that are missing: a message is not as safe as a row."""
    for language, length in queue.lengths().items():
        there = broker.wakers(language)
        if there is None or not all(broker.wake(language) for _ in range(length - there)):
            return


def wake_for(submissions: Sequence[Submission]) -> None:
    for submission in submissions:
        if not broker.wake(submission.language):
            return  # a keeper does it when there is a broker
