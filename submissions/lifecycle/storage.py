"""The bytes that a user may store in a day: runs, with their programs, inputs and outputs; files and
uploads.

One statement for each change keeps the count exact over threads and processes (quotas/counting.py). A
submission reserves the largest output that it may have, so parallel submissions cannot exceed the limit
together. At its end the real output replaces the reservation. A day is a day in UTC.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import ceil, floor
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.utils import timezone

from executor import size_of

from ..files import store
from ..quotas import counting
from ..quotas.models import Counter
from .errors import MoreThanADay, StorageFull
from .models import Submission

logger = logging.getLogger(__name__)

KEPT_DAYS = 2
"""A run that is submitted before midnight may end after it. No run takes a day."""
ROW_BYTES = 3 * 1024
"""What a run takes besides its texts, at the most: its limits, its evidence, the user agent, its entries
in indexes and in the audit. So empty programs are not for nothing. On SQLite it is 2.2 KB, or 2.9 with
the longest user agent and session's name; tests/submissions/test_row_bytes.py measures it."""
FILE_BYTES = 1024
"""What a file takes besides its content, at the most: its description, its row, its entry in an index. So
empty files are not for nothing."""


def reserve(user: User, rows: Sequence[Submission]) -> None:
    """Count the bytes that these new rows may take.

    Raises StorageFull if the day has fewer left; the caller's transaction then takes the count back.
    """
    wanted = sum(_input_bytes(row) + _reserved_bytes(row) for row in rows)
    _count(user, wanted, rows[0].created)


def _count(user: User, wanted: int, now: datetime) -> None:
    expires = _next_day(now) + timedelta(days=KEPT_DAYS - 1)
    stored = counting.add(_key(user.pk, now), wanted, expires=expires.timestamp())
    if stored > settings.STORAGE_BYTES_PER_DAY:
        left = max(0, settings.STORAGE_BYTES_PER_DAY - (stored - wanted))
        error = MoreThanADay if wanted > settings.STORAGE_BYTES_PER_DAY else StorageFull
        raise error(
            f"This may need {size_of(wanted, ceil)} of storage. Today you have"
            f" {size_of(left, floor)} left of {size_of(settings.STORAGE_BYTES_PER_DAY)}.",
            retry_after=max(1, ceil((_next_day(now) - now).total_seconds())),
        )


def count_upload(user: User, size: int, now: datetime) -> None:
    """Count a file that is uploaded. Raises as `reserve`, whose transaction is the caller's too."""
    _count(user, size + FILE_BYTES, now)


def is_same_day(one: datetime, other: datetime) -> bool:
    """Return whether two moments count for the same day."""
    return _next_day(one) == _next_day(other)


def settle(row: Submission) -> None:
    """Replace a finished row's reservation by the bytes that it takes."""
    counting.correct(_key(row.user_id, row.created), _output_bytes(row) - _reserved_bytes(row))


def fitting(row: Submission, sizes: Sequence[int]) -> int:
    """Count the files that a run has made; return how many of the first ones fit into the user's day.

    They are not reserved before, as outputs are: most runs make none, and the most is large.
    """
    now, sizes = timezone.now(), [size + FILE_BYTES for size in sizes]
    key, total = _key(row.user_id, now), sum(sizes)
    expires = _next_day(now) + timedelta(days=KEPT_DAYS - 1)
    over = counting.add(key, total, expires=expires.timestamp()) - settings.STORAGE_BYTES_PER_DAY
    count, left = len(sizes), total
    while count and over > 0:
        count -= 1
        over, left = over - sizes[count], left - sizes[count]
    if left < total:
        counting.correct(key, left - total)
    return count


def add_typed(row: Submission, size: int) -> None:
    """Count bytes of input that have come while the run runs. Raises StorageFull."""
    now = timezone.now()
    tomorrow = _next_day(now)
    expires = (tomorrow + timedelta(days=KEPT_DAYS - 1)).timestamp()
    stored = counting.add(_key(row.user_id, now), size, expires=expires)
    if stored > settings.STORAGE_BYTES_PER_DAY:
        raise StorageFull(
            "You've used your storage of today, so this run gets no more input.",
            retry_after=max(1, ceil((tomorrow - now).total_seconds())),
        )


def release(row: Submission) -> None:
    """Take back the count of a row that was removed before it began."""
    counting.correct(_key(row.user_id, row.created), -_input_bytes(row) - _reserved_bytes(row))


def stored_today(user_id: int) -> int:
    """Return the user's bytes of today, with what is reserved for runs under way."""
    found = Counter.objects.filter(key=_key(user_id, timezone.now())).first()
    return found.value if found else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A user's stored bytes, and how long they are kept, for the pages."""

    stored: int
    """Bytes today, with what is reserved for runs under way."""
    limit: int
    """Bytes a day."""
    days: int
    """From the end of a run to its removal; 0 stands for never."""


def kept_of(user: Any) -> Kept:
    """Return what the pages show of a user's storage."""
    return Kept(
        stored=stored_today(user.pk),
        limit=settings.STORAGE_BYTES_PER_DAY,
        days=settings.RETENTION_DAYS,
    )


def _key(user_id: int, moment: datetime) -> str:
    return f"stored:{moment.astimezone(UTC):%Y-%m-%d}:{user_id}"


def _next_day(now: datetime) -> datetime:
    day = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(day, time.min, UTC)


def _input_bytes(row: Submission) -> int:
    """Return the bytes of a request, with its row. An upload among its files was counted when it came."""
    texts = sum(len(text.encode()) for text in (row.code, row.stdin, *row.args))
    own = sum(int(file["size"]) for file in row.files_in or () if store.UPLOAD not in file)
    return ROW_BYTES + texts + own + FILE_BYTES * len(row.files_in or ())


def _output_bytes(row: Submission) -> int:
    """Return the bytes that a finished run has written: the words on its end, and the notes on what its
    session does not keep, are the program's too."""
    details = (row.error_details or {}).values()
    said = (text for text in (row.error, *details) if isinstance(text, str))
    texts = sum(len(text.encode()) for text in (row.stdout, row.stderr, *said))
    # As JSON on SQLite: notes of 8 KiB are up to 24 KB with each character escaped.
    return texts + (len(json.dumps(row.session_end)) if row.session_end else 0)


def _reserved_bytes(row: Submission) -> int:
    """Return the bytes of both streams at their limit.

    A byte that is no UTF-8 takes three when it is stored, an error takes some kilobytes, and the notes of
    a session more, so a run can exceed this; `settle` counts them.
    """
    return 2 * int(row.limits.get("output_bytes", 0))


def try_to_settle(submission: Submission) -> None:
    """Settle a row that is stored; log a database error, since midnight frees the reservation anyway."""
    try:
        settle(submission)
    except DatabaseError:
        logger.warning("the bytes of submission %s are not settled", submission.pk, exc_info=True)
