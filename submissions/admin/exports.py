"""Submissions as CSV or JSON, for other tools; row by row, however many there are."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase

from executor import plain_text

from ..http.downloads import download
from ..lifecycle.models import Submission

COLUMNS = (
    "id",
    "created",
    "finished",
    "user",
    "client_address",
    "via",
    "user_agent",
    "language",
    "status",
    "verdict",
    "error",
    "experiment",
    "ablation",
    "outcome",
    "exit_code",
    "signal",
    "wall_ms",
    "cpu_ms",
    "memory_peak_bytes",
    "image",
    "held_until",
    "code",
)
HELD_BACK = {"client_address": None, "user_agent": "", "error": "", "code": ""}
"""Of a deleted account's: what waits for its erasure is seen in the audit and leaves it in no file."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV injection)."""


def export(request: HttpRequest, submissions: QuerySet[Submission], kind: str) -> HttpResponseBase:
    """`kind` is "csv" or "json"; others raise KeyError."""
    write, content_type = WRITERS[kind]
    rows = (_row(one) for one in submissions.select_related("user").iterator(chunk_size=200))
    pieces = (text.encode() for text in write(rows))
    return download(request, pieces, content_type=content_type, name=f"submissions.{kind}")


def _row(submission: Submission) -> dict[str, Any]:
    row = {name: getattr(submission, name) for name in COLUMNS}
    row["user"] = submission.user.get_username()
    row["id"] = str(submission.pk)
    if submission.held_until:
        row |= HELD_BACK
    times = ("created", "finished", "held_until")
    return row | {name: row[name].isoformat() if row[name] else None for name in times}


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    writer = csv.DictWriter(_Echo(), COLUMNS)
    yield writer.writeheader()
    for row in rows:
        yield writer.writerow({name: inert(value) for name, value in row.items()})


def inert(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, and that hides nothing. Numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = plain_text(value)
    # Also after a line break within a cell, should a program split there.
    return "\n".join(f"'{line}" if line.startswith(FORMULA) else line for line in text.split("\n"))


def _json(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """A list. Escaped to ASCII, so that nothing in it can act on who reads it as text."""
    yield "["
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + json.dumps(row)
    yield "\n]\n"


WRITERS = {"csv": (_csv, "text/csv; charset=utf-8"), "json": (_json, "application/json")}
