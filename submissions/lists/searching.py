"""Search a user's runs for words in program, output and error.

The rows are read newest first and searched here, not by the database: a LIKE takes time in the product of
text and pattern, ignores the case of ASCII only on SQLite, and cannot be stopped. Here a search takes
time in the length of the texts, ends after SECONDS, and reports how far it came. The next request
continues from there (docs/decisions/0108-history-is-searched-in-steps.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from django.db.models import Q, QuerySet

from ..lifecycle.columns import LARGE
from ..lifecycle.models import Submission

WORDS = 8
SECONDS = 1.0
"""Time for one search: 5,000 runs of 3 KB or 1,000 of the largest, on two busy processors."""
ROWS = 50
"""Rows read at a time: at most 7 MB, since a run stores up to 64 KiB for each stream."""
SEARCHED = ("code", "stdout", "stderr", "error")
NOT_SEARCHED = tuple(name for name in LARGE if name not in SEARCHED)
"""Large columns that a search does not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The result of a search."""

    rows: list[Submission]
    last: Submission | None
    """The last run that was searched, to continue after it; None if there are no older runs."""


def words_of(text: str) -> list[str]:
    return text.casefold().split()


def search(
    rows: QuerySet[Submission], words: Sequence[str], *, most: int, after: Submission | None
) -> Found:
    """Return the newest `most` runs that have all the words, of those older than `after`."""
    rows = rows.defer(None).defer(*NOT_SEARCHED)
    found: list[Submission] = []
    end = monotonic() + SECONDS
    while True:
        some = list(older_rows(rows, after)[:ROWS])
        for row in some:
            if len(found) == most:
                return Found(rows=found, last=after)
            after = row
            if _has(row, words):
                found.append(row)
        if len(some) < ROWS:
            return Found(rows=found, last=None)
        if monotonic() > end:
            return Found(rows=found, last=after)


def older_rows(rows: QuerySet[Submission], than: Submission | None) -> QuerySet[Submission]:
    ordered = rows.order_by("-created", "-pk")
    if than is None:
        return ordered
    # The first condition alone lets the database begin in the middle of its index.
    reached = ordered.filter(created__lte=than.created)
    return reached.filter(Q(created__lt=than.created) | Q(pk__lt=than.pk))


def in_steps(rows: QuerySet[Submission], count: int) -> Iterator[Submission]:
    """Yield the rows, newest first, `count` from each query.

    One query for all would stay open for as long as its reader is slow. SQLite could not reuse its log
    meanwhile, and what others write would fill the disk.
    """
    last = None
    while some := list(older_rows(rows, last)[:count]):
        yield from some
        last = some[-1]


def _has(row: Submission, words: Sequence[str]) -> bool:
    """Return whether each word is in one of the texts; a word does not reach from one into the next."""
    texts = [getattr(row, name).casefold() for name in SEARCHED]
    return all(any(word in text for text in texts) for word in words)
