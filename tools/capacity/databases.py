"""The database of a measured service, seen from outside."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg

from submissions.audit.models import AuditEntry
from submissions.lifecycle.models import Status, Submission

from ..benchmark.spending import cpu_ms_of
from ..site import Service

SUBMISSIONS, ENTRIES = Submission._meta.db_table, AuditEntry._meta.db_table
STATISTICS_SECONDS = 2
"""PostgreSQL's sessions report their statistics after this delay."""
NOT_COPIED = {"id", "seal_pending"}
"""Fields that a copy gets from the database's defaults: a new id, and not yet sealed."""
COPIED = [
    field.column for field in Submission._meta.concrete_fields if field.name not in NOT_COPIED
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counters:
    written_bytes: float
    transactions: float | None = None
    statements: float | None = None
    cpu_ms: float | None = None


class Database(Protocol):
    """One kind of database, seen from outside the service."""

    def counters(self) -> Counters: ...

    def multiply(self, rows: int) -> None:
        """Add this number of copies of finished submissions."""

    def sizes(self) -> dict[str, tuple[float, float]]:
        """Return the bytes of the two tables, and of the indexes of each."""


class Sqlite:
    """The file in a service's VAR_DIR."""

    def __init__(self, served: Service) -> None:
        self._path = Path(served.environment["VAR_DIR"]) / "db.sqlite3"
        self._pid = served.process.pid

    def counters(self) -> Counters:
        lines = Path(f"/proc/{self._pid}/io").read_text().splitlines()
        fields = dict(line.split(": ") for line in lines)
        return Counters(written_bytes=float(fields["write_bytes"]))

    def multiply(self, rows: int) -> None:
        with closing(sqlite3.connect(self._path, timeout=60)) as connection, connection:
            listed = ", ".join(f'"{name}"' for name in COPIED)
            connection.execute(
                f"WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy LIMIT ?)"  # noqa: S608
                f" INSERT INTO {SUBMISSIONS} (id, {listed})"
                f" SELECT lower(hex(randomblob(16))), {listed} FROM {SUBMISSIONS}, copy"
                f" WHERE status = ? LIMIT ?",
                (rows, Status.FINISHED.value, rows),
            )

    def sizes(self) -> dict[str, tuple[float, float]]:
        with closing(sqlite3.connect(self._path, timeout=60)) as connection:
            found: dict[tuple[str, str], float] = {
                (table, kind): size
                for table, kind, size in connection.execute(
                    "SELECT tbl_name, type, sum(pgsize) FROM dbstat"
                    " JOIN sqlite_master USING (name) GROUP BY tbl_name, type"
                )
            }
        return {
            table: (found[table, "table"], found[table, "index"])
            for table in (SUBMISSIONS, ENTRIES)
        }


class Postgresql:
    """An empty database on a server without other users.

    The time of its processes is known if they are on this machine. Statements are counted if the server
    has pg_stat_statements.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        with self._connection() as connection:
            loaded = connection.execute("SHOW shared_preload_libraries").fetchone() or ("",)
            self._counts_statements = "pg_stat_statements" in loaded[0]
            if self._counts_statements:
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def _connection(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self._url, autocommit=True)

    def counters(self) -> Counters:
        time.sleep(STATISTICS_SECONDS)
        with self._connection() as connection:
            written, transactions = connection.execute(
                "SELECT pg_current_wal_lsn() - '0/0', xact_commit FROM pg_stat_database"
                " WHERE datname = current_database()"
            ).fetchone() or (0, 0)
            statements = None
            if self._counts_statements:
                calls = connection.execute("SELECT sum(calls) FROM pg_stat_statements").fetchone()
                statements = float(calls[0]) if calls else None
            processes = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )
            cpu_ms = float(sum(cpu_ms_of(pid) for (pid,) in processes))
        return Counters(
            written_bytes=float(written),
            transactions=float(transactions),
            statements=statements,
            cpu_ms=cpu_ms,
        )

    def multiply(self, rows: int) -> None:
        with self._connection() as connection:
            listed = ", ".join(f'"{name}"' for name in COPIED if name != "created")
            connection.execute(
                f"INSERT INTO {SUBMISSIONS} (id, created, {listed})"  # noqa: S608
                f" SELECT gen_random_uuid(), created + n * interval '1 millisecond', {listed}"
                f" FROM {SUBMISSIONS}, generate_series(1, %s) AS n WHERE status = %s"
                f" LIMIT %s",
                (rows, Status.FINISHED.value, rows),
            )

    def sizes(self) -> dict[str, tuple[float, float]]:
        with self._connection() as connection:
            return {table: self._size(connection, table) for table in (SUBMISSIONS, ENTRIES)}

    def _size(self, connection: "psycopg.Connection[Any]", table: str) -> tuple[float, float]:
        found = connection.execute(
            "SELECT pg_table_size(%s::regclass), pg_indexes_size(%s::regclass)", (table, table)
        ).fetchone()
        assert found is not None  # noqa: S101 - an aggregate always has a row
        return float(found[0]), float(found[1])
