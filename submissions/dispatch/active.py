"""The runs of this process, by submission."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from .feed import Feed

_feeds: dict[UUID, Feed] = {}
_registered = threading.Condition()


@contextmanager
def register(submission_id: UUID) -> Iterator[Feed]:
    """Let a run of this process be found within the block; its feed ends with the block.

    A run that counted as lost and began here again is registered twice; `find` returns the later one.
    """
    feed = Feed()
    with _registered:
        _feeds[submission_id] = feed
        _registered.notify_all()
    try:
        yield feed
    finally:
        with _registered:
            if _feeds.get(submission_id) is feed:
                del _feeds[submission_id]
        feed.end()


def find(submission_id: UUID, *, seconds: float = 0.0) -> Feed | None:
    """Return the feed of that submission's run, if it is registered within that time."""
    with _registered:
        _registered.wait_for(lambda: submission_id in _feeds, seconds)
        return _feeds.get(submission_id)


def active_ids() -> list[UUID]:
    """Return the submissions that run in this process."""
    with _registered:
        return list(_feeds)
