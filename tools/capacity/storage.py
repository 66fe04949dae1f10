"""The cost of one run in the database: bytes written, bytes kept, and the time to seal it.

A few real runs are copied to many rows, so that the bytes of each row outweigh the first pages of an
empty table or index. The sealing of these rows is timed.
"""

import time
from dataclasses import dataclass

from submissions.management.commands import audit_prune

from ..benchmark.resting import rest
from ..site import Service
from .databases import ENTRIES, SUBMISSIONS, Database

LONG_AGO_DAYS = 30_000
"""Older than every row, so that pruning seals and removes nothing."""
PRUNE = audit_prune.__name__.rpartition(".")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageCost:
    """The cost of one run with a minimal program, input and output. None: not visible on this machine."""

    written_bytes: float
    """Bytes written until it is finished: to PostgreSQL's write-ahead log, or to the disk by SQLite."""
    transactions: float | None
    statements: float | None
    cpu_ms: float | None
    """CPU time of the database's processes. SQLite has none: it runs in the server."""
    row_bytes: float
    row_index_bytes: float
    entry_bytes: float
    """Bytes of the audit's entry, with its indexes."""
    seals_per_second: float
    """Entries sealed by one process; only one seals at a time."""


def measure_storage(served: Service, database: Database, *, runs: int, rows: int) -> StorageCost:
    """Measure a site whose AUDIT_SEAL_SECONDS is long enough that it does not seal meanwhile."""
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
    """Seal all finished runs; return the seconds, with the start of the command."""
    start = time.monotonic()
    served.manage(PRUNE, "--older-than", str(LONG_AGO_DAYS))
    return time.monotonic() - start
