"""The end of every accepted submission, counted from the answers of clients, the rows, the trigger of the
database, the engines and the kernel."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tools.benchmark.report import table

from . import witness
from .clients import Accepted

NONCE = re.compile(r"[0-9a-f]{32}")
COLUMNS = "id::text, code, language, status, verdict, stdout, attempt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Ids of submissions by what went wrong, and counts."""

    accepted: int
    """The number of submissions with a 2xx, and of rows."""
    finished: int
    lost: set[str]
    """A client got a 2xx, but there is no row, or one of another program."""
    doubled: dict[str, str]
    """The number of each way."""
    stuck: set[str]
    """Not finished after the load has ended."""
    untrue: set[str]
    """The client's answer differs from the row, or is `ok` without the program's last line."""
    verdicts: Counter[str]
    attempts: Counter[int]
    put_back: int
    withdrawn: int
    """Refused because no worker had time: no row may remain."""
    containers: list[str] = field(default_factory=list)
    processes: list[int] = field(default_factory=list)
    """Processes of the site, or in a sandbox that got a program."""
    forgotten: int = 0
    """Processes in sandboxes that were starting when their engine was killed, and that it has forgotten.
    They never had a program (docs/faults.md)."""


def rows(url: str) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(f"SELECT {COLUMNS} FROM submissions_submission").fetchall()


def count_unfinished(url: str) -> int:
    return sum(row["status"] != "finished" for row in rows(url))


def account(
    url: str,
    accepted: Sequence[Accepted],
    careful: Collection[str],
    *,
    containers: list[str],
    processes: list[int],
    forgotten: int,
) -> Account:
    """Count everything after the load has ended."""
    found = {row["id"]: row for row in rows(url)}
    finished = {pk for pk, row in found.items() if row["status"] == "finished"}
    return Account(
        accepted=len(found.keys() | {one.id for one in accepted}),
        finished=len(finished),
        lost={one.id for one in accepted if one.nonce not in _code(found, one.id)},
        doubled=_doubled(url, found, accepted, careful),
        stuck=found.keys() - finished,
        untrue=_untrue(found, accepted),
        verdicts=Counter(found[pk]["verdict"] for pk in finished),
        attempts=Counter(row["attempt"] for row in found.values()),
        put_back=sum(witness.times(url, "put back").values()),
        withdrawn=sum(witness.times(url, "removed queued").values()),
        containers=containers,
        processes=processes,
        forgotten=forgotten,
    )


def _code(found: dict[str, dict[str, Any]], pk: str) -> str:
    return str(found[pk]["code"]) if pk in found else ""


def _doubled(
    url: str,
    found: dict[str, dict[str, Any]],
    accepted: Sequence[Accepted],
    careful: Collection[str],
) -> dict[str, str]:
    # An internal error is a 503 that frees the key: the client tries again.
    rows_of = Counter(
        _nonce(row["code"]) for row in found.values() if row["verdict"] != "internal_error"
    )
    sealed = _times_sealed(url)
    ways = {
        "recorded twice": [pk for pk, n in witness.times(url, "recorded").items() if n > 1],
        "reopened": list(witness.times(url, "reopened")),
        "printed twice": [pk for pk, row in found.items() if _times_printed(row) > 1],
        "not sealed exactly once": [
            pk for pk, row in found.items() if row["status"] == "finished" and sealed[pk] != 1
        ],
        "stored twice for one key": [
            pk
            for pk, row in found.items()
            if (nonce := _nonce(row["code"])) in careful and rows_of[nonce] > 1
        ],
        "told two ids for one key": _told_two_ids(accepted, careful),
    }
    return {pk: way for way, pks in ways.items() for pk in pks}


def _told_two_ids(accepted: Sequence[Accepted], careful: Collection[str]) -> list[str]:
    ids: dict[str, set[str]] = {}
    for one in accepted:
        ids.setdefault(one.nonce, set()).add(one.id)
    return [pk for nonce in careful for pk in ids.get(nonce, ()) if len(ids[nonce]) > 1]


def _times_printed(row: dict[str, Any]) -> int:
    return int(row["stdout"].count(_nonce(row["code"])))


def _times_sealed(url: str) -> Counter[str]:
    query = "SELECT submission::text FROM submissions_auditentry WHERE submission IS NOT NULL"
    with psycopg.connect(url) as connection:
        return Counter(pk for (pk,) in connection.execute(query).fetchall())


def _untrue(found: dict[str, dict[str, Any]], accepted: Sequence[Accepted]) -> set[str]:
    told_otherwise = {
        one.id
        for one in accepted
        if one.answer and one.id in found and not _agree(one.answer, found[one.id])
    }
    hollow = {
        pk
        for pk, row in found.items()
        if row["verdict"] == "ok" and row["stdout"] != f"begun\n{_nonce(row['code'])}\n"
    }
    return told_otherwise | hollow


def _agree(answer: dict[str, Any], row: dict[str, Any]) -> bool:
    return bool(answer["verdict"] == row["verdict"] and answer["output"] == row["stdout"])


def _nonce(code: str) -> str:
    match = NONCE.search(code)
    assert match, code
    return match[0]


def tell(found: Account, met: Counter[int | str], sent: Counter[str], killed: Counter[str]) -> str:
    """Format as a table."""
    broken = {"lost", "doubled", "stuck", "untrue", "containers", "processes"}
    parts = [
        [("kills", ""), *sorted(killed.items())],
        [("programs by way", ""), *sorted(sent.items())],
        [("answers by status", ""), *sorted((str(status), count) for status, count in met.items())],
        [("verdicts", ""), *sorted(found.verdicts.items())],
        [("attempts", ""), *sorted((str(n), count) for n, count in found.attempts.items())],
        [
            ("submissions", ""),
            ("accepted", found.accepted),
            ("finished", found.finished),
            ("put back after a loss", found.put_back),
            ("withdrawn, refused with 503", found.withdrawn),
            ("processes that an engine forgot, without a program", found.forgotten),
        ],
        [("must be 0", ""), *((name, len(getattr(found, name))) for name in sorted(broken))],
    ]
    return "\n\n".join(table(part) for part in parts)
