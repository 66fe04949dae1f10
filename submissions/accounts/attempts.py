"""Rate limits on failures and disclosures: wrong passwords, second factors, taken names.

An attempt takes a place in its limit before it is made, and returns the place if it does not count. So
parallel guesses cannot pass the limit, and parallel right passwords do not count as guesses: if attempts
under way hold every free place, the next attempt waits for their outcome. Few may wait, since each holds
a thread of the server; others are refused and may retry a second later.

One database statement takes a place, so the limits are exact over threads and processes.
"""

import hashlib
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from math import ceil

from django.conf import settings
from django.db import connection

from executor import Admission, Busy

from .models import Attempts

PATIENCE_SECONDS = 10.0
"""Longest wait for other attempts under way. A password check takes 0.3 s, on a busy machine 6 s."""
LOOK_SECONDS = 0.1
"""Poll interval for outcomes in other processes; outcomes in this process wake the waiting threads."""

AGAIN_SECONDS = 1
"""Retry delay after a refusal that has no other cause than many waiting attempts."""
WAITING_PART = 4
CHECKING_PART = 2
"""A fourth of the server's threads may wait and half may check passwords, for all users together. So a
fourth is always free, and a class of thirty logs in at once on the smallest machine (46 threads).
config/shares.py refuses so few threads that one of these would be nobody."""
EXTRA_PART = 8
"""An eighth of these is for tenants who have none, and have lately had some for less than LIGHT_SECONDS.
Right passwords are not limited, so a few accounts may log in all the time."""
LIGHT_SECONDS = 10.0

TABLE = Attempts._meta.db_table
# One round trip, atomic by itself. SQLite (from 3.35) and PostgreSQL both accept it.
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
    """The limit is reached. `wait`: whole seconds until another attempt can pass, rounded up."""

    def __init__(self, wait: int) -> None:
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Rate:
    """A number of attempts in a window of time; the first attempt opens the window."""

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
    """The rate of one kind of attempt by, or on, one subject."""

    kind: str
    subject: str
    rate: Rate

    @property
    def key(self) -> str:
        """A digest: text that strangers type cannot fill the table or be read in it."""
        return hashlib.sha256(f"{self.kind}\0{self.subject}".encode()).hexdigest()


class Attempt:
    """An attempt under way. It counts unless it is released."""

    def __init__(self) -> None:
        self.counts = True

    def release(self) -> None:
        """Do not count this attempt: the password was right, or the name was free."""
        self.counts = False


@contextmanager
def counted(*limits: Limit, tenant: str = "") -> Iterator[Attempt]:
    """Make the attempt within the block, under each of the limits. An attempt that raises counts too,
    unless it was released before. Raises TooManyAttempts, and then counts nothing.

    `tenant` is who waits for others under way, for a client that may come under any number of limits.
    """
    attempt = Attempt()
    taken: list[tuple[Limit, float]] = []
    try:
        for limit in limits:
            taken.append((limit, _take(limit, tenant)))  # noqa: PERF401 - it holds what was taken before a limit refuses
    except TooManyAttempts:
        _settle(taken, counts=False)
        raise
    try:
        yield attempt
    finally:
        _settle(taken, counts=attempt.counts)


def are_open(*limits: Limit) -> bool:
    """Report whether each of the limits leaves room for another failure."""
    rows = Attempts.objects.filter(key__in=[one.key for one in limits], expires__gt=time.time())
    failed = Counter(dict(rows.values_list("key", "counted")))
    return all(failed[one.key] < one.rate.most for one in limits)


@contextmanager
def checking(attempt: Attempt, tenant: str) -> Iterator[None]:
    """Check a password within the block; half of the threads may at a time. A free place goes to the
    tenant who has used least. Raises TooManyAttempts, and then the attempt does not count."""
    places = _checking(settings.WEB_THREADS)
    with ExitStack() as held:
        try:
            if not _try_to_hold(places, tenant, held):
                with _waiting(tenant):
                    _hold_in_time(places, tenant, held)
        except TooManyAttempts:
            attempt.release()
            raise
        yield


def _try_to_hold(places: Admission, tenant: str, held: ExitStack) -> bool:
    with suppress(Busy):
        held.enter_context(places.place(tenant))
        return True
    return False


def _hold_in_time(places: Admission, tenant: str, held: ExitStack) -> None:
    try:
        held.enter_context(places.place_of_any(lambda: [tenant], seconds=PATIENCE_SECONDS))
    except Busy as error:
        raise TooManyAttempts(AGAIN_SECONDS) from error


@contextmanager
def _waiting(tenant: str) -> Iterator[None]:
    """Wait within the block. Raises TooManyAttempts if a fourth of the threads already wait."""
    with ExitStack() as held:
        if not _try_to_hold(_waiters(settings.WEB_THREADS), tenant, held):
            raise TooManyAttempts(AGAIN_SECONDS)
        yield


@cache
def _checking(threads: int) -> Admission:
    return _places(threads // CHECKING_PART)


@cache
def _waiters(threads: int) -> Admission:
    return _places(threads // WAITING_PART)


def _places(count: int) -> Admission:
    extra = count // EXTRA_PART
    return Admission(
        places=count - extra, extra=extra, waiting=0, seconds=0, light_seconds=LIGHT_SECONDS
    )


def _take(limit: Limit, tenant: str) -> float:
    """Take a place and return the end of its window, which identifies the place."""
    if (end := _try_to_take(limit)) is not None:
        return end
    _refuse_if_full(limit)
    with _waiting(tenant or limit.key):
        return _take_in_time(limit)


def _take_in_time(limit: Limit) -> float:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while (end := _try_to_take(limit)) is None:
        _refuse_if_full(limit)
        if time.monotonic() >= give_up:
            raise TooManyAttempts(ceil(PATIENCE_SECONDS))
        with _settled:
            _settled.wait(LOOK_SECONDS)
    return end


def _refuse_if_full(limit: Limit) -> None:
    """Raise TooManyAttempts if failures alone use up the limit; attempts under way cannot change that."""
    now = time.time()
    rows = Attempts.objects.filter(key=limit.key, expires__gt=now, counted__gte=limit.rate.most)
    if row := rows.first():
        raise TooManyAttempts(ceil(row.expires - now))


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
    if places == 1:  # the first attempt of a window removes the rows of past windows
        Attempts.objects.filter(expires__lt=now).delete()
    return float(end)


def _settle(taken: list[tuple[Limit, float]], *, counts: bool) -> None:
    with connection.cursor() as cursor:
        for limit, end in taken:
            cursor.execute(SETTLE, {"key": limit.key, "end": end, "counts": int(counts)})
    with _settled:
        _settled.notify_all()
