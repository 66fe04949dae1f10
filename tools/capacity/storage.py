"""What one run costs the database: what it writes, what it keeps, and how fast the audit seals it.

A few real runs are multiplied to many rows: what tables and indexes take for each is then much more than
the pages that an empty one has. The sealing of these rows is timed.
"""

import time
from dataclasses import dataclass

from submissions.management.commands import audit_prune

from ..site import Service
from .databases import ENTRIES, SUBMISSIONS, Database
from .resting import rest

LONG_AGO_DAYS = 30_000
"""Older than anything there is, so that pruning seals and removes nothing."""
PRUNE = audit_prune.__name__.rpartition(".")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageCost:
    """Of one run whose program, input and output are next to nothing. None: that can't be seen here."""

    written_bytes: float
    """Until it is finished: to the write-ahead log on PostgreSQL, to the disk on SQLite."""
    transactions: float | None
    statements: float | None
    cpu_ms: float | None
    """Of the database's processes. SQLite has none: it is part of the server's."""
    row_bytes: float
    row_index_bytes: float
    entry_bytes: float
    """Of the audit's entry, its indexes included."""
    seals_per_second: float
    """By one process; there is one at a time."""


def measure_storage(served: Service, database: Database, *, runs: int, rows: int) -> StorageCost:
    """Measure a site that does not seal by itself meanwhile (AUDIT_SEAL_SECONDS)."""
    _run(served, max(1, runs // 10))  # opens connections, makes the first pages
    before = database.counters()
    _run(served, runs)
    after = database.counters()
    _seal(served)
    small = database.sizes()
    database.multiply(rows)
    seconds = _seal(served) - _seal(served)
    large = database.sizes()

    def grown(table: str, part: int) -> float:
        return (large[table][part] - small[table][part]) / rows

    def a_run(name: str) -> float | None:
        counted = getattr(after, name), getattr(before, name)
        return None if None in counted else (counted[0] - counted[1]) / runs

    return StorageCost(
        written_bytes=a_run("written_bytes") or 0.0,
        transactions=a_run("transactions"),
        statements=a_run("statements"),
        cpu_ms=a_run("cpu_ms"),
        row_bytes=grown(SUBMISSIONS, 0),
        row_index_bytes=grown(SUBMISSIONS, 1),
        entry_bytes=grown(ENTRIES, 0) + grown(ENTRIES, 1),
        seals_per_second=rows / max(0.001, seconds),
    )


def _run(served: Service, count: int) -> None:
    for _ in range(count):
        served.run("print(2 + 2)", "python").raise_for_status()
    rest(served)


def _seal(served: Service) -> float:
    """Seal all that has finished; return the seconds that it took, the command's start included."""
    start = time.monotonic()
    served.manage(PRUNE, "--older-than", str(LONG_AGO_DAYS))
    return time.monotonic() - start
