"""Limits on what may fail, or be given away, only so often: passwords, second factors, taken names.

An attempt takes its place before it is made and gives the place back if it does not count. So guesses
in parallel can not pass the limit, and right passwords in parallel are not taken for guesses: where
every free place is taken by attempts under way, the next one waits for their outcome.

One statement of the database takes a place, so the limits are exact over threads and processes.
"""

import hashlib
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from django.db import connection

from .models import Attempts

PATIENCE_SECONDS = 10.0
"""How long an attempt waits for others under way. A password check takes 0.3 s, on a busy machine 6 s."""
LOOK_SECONDS = 0.1
"""Between looks at the outcomes in other processes; those of this process wake who waits."""

TABLE = Attempts._meta.db_table
# One round trip, atomic by itself. Understood by SQLite (from 3.35) and PostgreSQL.
TAKE = f"""
    INSERT INTO {TABLE} (key, under_way, counted, expires) VALUES (%(key)s, 1, 0, %(end)s)
    ON CONFLICT (key) DO UPDATE SET
        under_way = CASE WHEN {TABLE}.expires <= %(now)s THEN 1 ELSE {TABLE}.under_way + 1 END,
        counted = CASE WHEN {TABLE}.expires <= %(now)s THEN 0 ELSE {TABLE}.counted END,
        expires = CASE WHEN {TABLE}.expires <= %(now)s THEN excluded.expires ELSE {TABLE}.expires END
    WHERE {TABLE}.expires <= %(now)s OR {TABLE}.under_way + {TABLE}.counted < %(most)s
    RETURNING expires, under_way + counted
"""  # noqa: S608 - the table's name is a constant
SETTLE = f"""
    UPDATE {TABLE} SET under_way = under_way - 1, counted = counted + %(counts)s
    WHERE key = %(key)s AND expires = %(end)s AND under_way > 0
"""  # noqa: S608

_RATE = re.compile(r"(\d+)/(\d*)([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_settled = threading.Condition()


class TooManyAttempts(Exception):
    """The limit is reached. `wait`: whole seconds until another attempt can pass, never too few."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many attempts; try again in {wait} seconds.")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a window of time, which begins with the first."""

    most: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> "Rate":
        """Read `<number>/<time>`, such as 5/5m. Raises ValueError."""
        match = _RATE.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a rate such as 5/5m")
        return cls(int(match[1]), int(match[2] or 1) * _UNITS[match[3]])


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate of one kind of attempt by, or on, one subject."""

    kind: str
    subject: str
    rate: Rate

    @property
    def key(self) -> str:
        """A digest: what strangers type neither fills the table nor can be read in it."""
        return hashlib.sha256(f"{self.kind}\0{self.subject}".encode()).hexdigest()


class Attempt:
    """One that is under way. It counts unless it is released."""

    def __init__(self) -> None:
        self.counts = True

    def release(self) -> None:
        """Let it not count: the password was right, the name was free."""
        self.counts = False


@contextmanager
def counted(*limits: Limit) -> Iterator[Attempt]:
    """Make the attempt within the block, under each of the limits. An attempt that raises counts too,
    unless it was released before. Raises TooManyAttempts, and then nothing has been counted."""
    attempt = Attempt()
    taken: list[tuple[Limit, float]] = []
    try:
        for limit in limits:
            taken.append((limit, _take(limit)))
    except TooManyAttempts:
        _settle(taken, counts=False)
        raise
    try:
        yield attempt
    finally:
        _settle(taken, counts=attempt.counts)


def _take(limit: Limit) -> float:
    """Take a place and return the end of its window, by which the place is known."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while (end := _try_to_take(limit)) is None:
        row = Attempts.objects.filter(key=limit.key).first()
        now = time.time()
        if row is None or row.expires <= now:
            continue
        if row.counted >= limit.rate.most:
            raise TooManyAttempts(max(1, ceil(row.expires - now)))
        if time.monotonic() >= give_up:
            raise TooManyAttempts(ceil(PATIENCE_SECONDS))
        with _settled:
            _settled.wait(LOOK_SECONDS)
    return end


def _try_to_take(limit: Limit) -> float | None:
    now = time.time()
    values: dict[str, str | float] = {
        "key": limit.key,
        "now": now,
        "end": now + limit.rate.seconds,
        "most": limit.rate.most,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        row = cursor.fetchone()
    if row is None:
        return None
    end, places = row
    if places == 1:  # the first of its window clears away what is over
        Attempts.objects.filter(expires__lt=now).delete()
    return float(end)


def _settle(taken: list[tuple[Limit, float]], *, counts: bool) -> None:
    with connection.cursor() as cursor:
        for limit, end in taken:
            cursor.execute(SETTLE, {"key": limit.key, "end": end, "counts": int(counts)})
    with _settled:
        _settled.notify_all()
