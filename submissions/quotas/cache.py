"""A cache that counts exactly, over threads and processes, for django-ratelimit.

A rate limit must not admit one hit too many. Django's file and database caches and DRF's throttles read,
add and write in steps, and Django's local-memory cache sees one process only. Here a hit is one database
statement, which is atomic by itself.
"""

import time
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

from .models import Counter

TABLE = Counter._meta.db_table

# SQLite (from 3.35) and PostgreSQL accept both.
INSERT = f"INSERT INTO {TABLE} (key, value, expires) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"  # noqa: S608
INCREMENT = f"UPDATE {TABLE} SET value = value + %s WHERE key = %s RETURNING value"  # noqa: S608


class CounterCache(BaseCache):
    """A cache of whole numbers, with `add`, `incr` and `get` only: counting needs no more."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Add a key and return whether it is new. Keys name their window of time, so none is used again;
        the first hit of each window removes the keys of the past."""
        expires = self.get_backend_timeout(timeout)
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [self.make_key(key, version), value, expires])
            is_new = bool(cursor.rowcount == 1)
        if is_new:
            Counter.objects.filter(expires__lt=time.time()).delete()
        return is_new

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add to the value and return it. Raises ValueError if there is no such key."""
        with connection.cursor() as cursor:
            cursor.execute(INCREMENT, [delta, self.make_key(key, version)])
            row = cursor.fetchone()
        if row is None:
            raise ValueError(f"there is no counter {key!r}")
        return int(row[0])

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        row = Counter.objects.filter(key=self.make_key(key, version)).first()
        return default if row is None else row.value
