"""Runs of other processes that are watched from here."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from .feed import LiveRun

_news: dict[UUID, LiveRun] = {}
_watchers: Counter[UUID] = Counter()
_lock = threading.Lock()


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
