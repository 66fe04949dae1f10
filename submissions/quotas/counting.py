"""Count exactly, over threads and processes.

A limit must not admit one too many. Django's caches and DRF's throttles read, add and write in steps, and
Django's local-memory cache sees one process only. Here a count is one statement of the database, which is
atomic by itself (docs/decisions/0007).
"""

from django.db import connection

from .models import Counter

TABLE = Counter._meta.db_table

# SQLite (from 3.35) and PostgreSQL understand both.
ADD = f"""
INSERT INTO {TABLE} (key, value, expires) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET value = {TABLE}.value + excluded.value
RETURNING value
"""  # noqa: S608 - only the table's name is inserted
CORRECT = f"""
UPDATE {TABLE} SET value = CASE WHEN value + %s > 0 THEN value + %s ELSE 0 END WHERE key = %s
"""  # noqa: S608 - as above
IS_TAKEN = f"{TABLE}.expires > %s AND {TABLE}.expires <= %s"
# In an UPDATE, each expression sees the row as it was before.
TAKE = f"""
INSERT INTO {TABLE} (key, value, expires) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
    value = CASE WHEN {IS_TAKEN} THEN {TABLE}.value + 1 ELSE 1 END,
    expires = CASE WHEN {IS_TAKEN} THEN {TABLE}.expires ELSE excluded.expires END
RETURNING value, expires
"""  # noqa: S608 - as above


def add(key: str, count: int, *, expires: float) -> int:
    """Add to a counter, which begins at 0; return its value.

    `expires` is in seconds since the epoch. Keys name their window of time, so none is used again;
    audit/retention.py removes those of the past.
    """
    with connection.cursor() as cursor:
        cursor.execute(ADD, [key, count, expires])
        return int(cursor.fetchone()[0])


def correct(key: str, change: int) -> None:
    """Change a counter that exists, but not below 0."""
    with connection.cursor() as cursor:
        cursor.execute(CORRECT, [change, change, key])


def seconds_until_turn(key: str, now: float, *, every: float) -> float:
    """Take a turn, given once in `every` seconds, and return 0; or return the seconds until the next one.

    `now` is in seconds since the epoch. The time runs from the last turn that was taken, so two are never
    closer together, as they may be on both sides of the border of two windows. One that seems to end much
    later, as the clock was set back, does not count.
    """
    taken = (now, now + 2 * every)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [key, now + every, *taken, *taken])
        asked, expires = cursor.fetchone()
    return 0.0 if asked == 1 else float(expires - now)
