"""Submissions as CSV or JSON, for other tools; streamed row by row."""

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
"""Values in rows of deleted accounts: content that awaits erasure is in the audit but in no export."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Characters that start a formula in spreadsheets (OWASP, CSV injection)."""


def export(request: HttpRequest, submissions: QuerySet[Submission], kind: str) -> HttpResponseBase:
    """Stream the submissions as a download. `kind` is "csv" or "json"; others raise KeyError."""
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
    """A file whose `write` returns the text, so that csv.writer returns each line."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    writer = csv.DictWriter(_Echo(), COLUMNS)
    yield writer.writeheader()
    for row in rows:
        yield writer.writerow({name: inert(value) for name, value in row.items()})


def inert(value: Any) -> Any:
    """Return a cell that no spreadsheet reads as a formula, with control and bidi characters visible.
    Numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = plain_text(value)
    # Every line of a cell, since some programs split cells at line breaks.
    return "\n".join(f"'{line}" if line.startswith(FORMULA) else line for line in text.split("\n"))


def _json(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield a JSON list, escaped to ASCII, so that no character in it affects a terminal or an editor."""
    yield "["
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + json.dumps(row)
    yield "\n]\n"


WRITERS = {"csv": (_csv, "text/csv; charset=utf-8"), "json": (_json, "application/json")}
