"""How many bytes a user may store in a day: programs, inputs and outputs.

Counted exactly, over threads and processes, by one statement for each change (as in quotas/cache.py).
What a run may print is reserved when it is submitted, so that parallel submissions cannot pass the limit
together; at its end the count becomes what it did print. A day is a day in UTC.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.utils import timezone

from ..quotas.models import Counter
from .errors import MoreThanADay, StorageFull
from .models import Submission

logger = logging.getLogger(__name__)

TABLE = Counter._meta.db_table
KEPT_DAYS = 2
"""A run that is submitted before midnight ends after it; nothing runs for a day."""

# Both are understood by SQLite (from 3.35) and PostgreSQL.
ADD = f"""
INSERT INTO {TABLE} (key, value, expires) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET value = {TABLE}.value + excluded.value
RETURNING value
"""  # noqa: S608 - a name of ours
CORRECT = f"""
UPDATE {TABLE} SET value = CASE WHEN value + %s > 0 THEN value + %s ELSE 0 END WHERE key = %s
"""  # noqa: S608


def reserve(user: User, rows: Sequence[Submission]) -> None:
    """Count what these new rows may take. Raise StorageFull if that is more than the day has left; the
    caller's transaction then takes the count back."""
    now = rows[0].created
    wanted = sum(_input_bytes(row) + _reserved_bytes(row) for row in rows)
    stored = _add(user.pk, wanted, now)
    if stored > settings.STORAGE_BYTES_PER_DAY:
        left = max(0, settings.STORAGE_BYTES_PER_DAY - (stored - wanted))
        error = MoreThanADay if wanted > settings.STORAGE_BYTES_PER_DAY else StorageFull
        raise error(
            f"This needs up to {wanted} bytes; you have {left} of"
            f" {settings.STORAGE_BYTES_PER_DAY} bytes left to store today.",
            retry_after=max(1, ceil((_next_day(now) - now).total_seconds())),
        )


def settle(row: Submission) -> None:
    """Count what a finished row takes instead of what was reserved for it."""
    _correct(row, _output_bytes(row) - _reserved_bytes(row))


def release(row: Submission) -> None:
    """Count nothing for a row that was removed before it began."""
    _correct(row, -_input_bytes(row) - _reserved_bytes(row))


def stored_today(user_id: int) -> int:
    """Bytes, with what is reserved for runs under way."""
    found = Counter.objects.filter(key=_key(user_id, timezone.now())).first()
    return found.value if found else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What a user has stored, and for how long it is kept, for the pages."""

    stored: int
    """Bytes today, with what is reserved for runs under way."""
    limit: int
    """Bytes a day."""
    days: int
    """After its end a run is removed; 0 is never."""


def kept_of(user: Any) -> Kept:
    return Kept(
        stored=stored_today(user.pk),
        limit=settings.STORAGE_BYTES_PER_DAY,
        days=settings.RETENTION_DAYS,
    )


def _add(user_id: int, count: int, now: datetime) -> int:
    expires = _next_day(now) + timedelta(days=KEPT_DAYS - 1)
    with connection.cursor() as cursor:
        cursor.execute(ADD, [_key(user_id, now), count, expires.timestamp()])
        return int(cursor.fetchone()[0])


def _correct(row: Submission, change: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CORRECT, [change, change, _key(row.user_id, row.created)])


def _key(user_id: int, moment: datetime) -> str:
    return f"stored:{moment.astimezone(UTC):%Y-%m-%d}:{user_id}"


def _next_day(now: datetime) -> datetime:
    day = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(day, time.min, UTC)


def _input_bytes(row: Submission) -> int:
    return sum(len(text.encode()) for text in (row.code, row.stdin, *row.args))


def _output_bytes(row: Submission) -> int:
    return len(row.stdout.encode()) + len(row.stderr.encode())


def _reserved_bytes(row: Submission) -> int:
    """Both streams at their limit. Bytes that are no UTF-8 take three each when they are stored, so what
    is under way can pass this; it is counted as it is at the end."""
    return 2 * int(row.limits.get("output_bytes", 0))


def try_to_settle(submission: Submission) -> None:
    """The row is stored; what was reserved for it beyond that comes free at midnight at the latest."""
    try:
        settle(submission)
    except DatabaseError:
        logger.warning("the bytes of %s are not settled", submission.pk, exc_info=True)
