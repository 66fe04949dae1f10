"""Submissions as CSV or JSON, for other tools; streamed row by row."""

import csv
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase

from executor import plain_text

from ..audit.models import Closing
from ..http.downloads import download
from ..lifecycle.models import Submission
from ..lists.searching import in_steps

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
    "error_details",
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
AT_ONCE = 20
"""Rows in memory at a time, which may have 400 KB each."""
OUTPUT = ("stdin", "args", "stdout", "stderr")
"""Columns on request: up to 64 KiB each."""
HELD_BACK: dict[str, Any] = {
    **{"client_address": None, "user_agent": "", "error": "", "code": ""},
    "error_details": None,
    **{"stdin": "", "args": [], "stdout": "", "stderr": ""},
}
"""Values in rows of deleted accounts: content that awaits erasure is in the audit but in no export."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Characters that start a formula in spreadsheets (OWASP, CSV injection)."""


def export(
    request: HttpRequest, submissions: QuerySet[Submission], kind: str, *, with_output: bool = False
) -> HttpResponseBase:
    """Stream the submissions as a download. `kind` is "csv" or "json"; others raise KeyError.

    Times are in ISO 8601, in UTC.
    """
    write, content_type = WRITERS[kind]
    columns = (*COLUMNS, *OUTPUT) if with_output else COLUMNS
    rows = submissions.select_related("user").only(*columns, "user__username")
    closing = set(Closing.objects.values_list("user", flat=True))
    found = (_row(one, columns, closing) for one in in_steps(rows, AT_ONCE))
    pieces = (text.encode() for text in write(found, columns))
    return download(request, pieces, content_type=content_type, name=f"submissions.{kind}")


def _row(submission: Submission, columns: Sequence[str], closing: set[int]) -> dict[str, Any]:
    """Return the values of a row; `closing` are the users whose rows are held, marked or not."""
    row = {name: getattr(submission, name) for name in columns}
    row["user"] = submission.user.get_username()
    row["id"] = str(submission.pk)
    if submission.held_until or submission.user_id in closing:
        row |= {name: empty for name, empty in HELD_BACK.items() if name in row}
    times = ("created", "finished", "held_until")
    return row | {name: row[name].isoformat() if row[name] else None for name in times}


class Echo:
    """A file whose `write` returns the text, so that csv.writer returns each line."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterator[dict[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    writer = csv.DictWriter(Echo(), columns)
    yield writer.writeheader()
    for row in rows:
        yield writer.writerow({name: inert(_cell(value)) for name, value in row.items()})


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def inert(value: Any) -> Any:
    """Return a cell that no spreadsheet reads as a formula, with control and bidi characters visible.
    Numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = plain_text(value)
    # Every line of a cell, since some programs split cells at line breaks.
    return "\n".join(f"'{line}" if line.startswith(FORMULA) else line for line in text.split("\n"))


def _json(rows: Iterator[dict[str, Any]], _columns: Sequence[str]) -> Iterator[str]:
    """Yield a JSON list, escaped to ASCII, so that no character in it affects a terminal or an editor."""
    yield "["
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + json.dumps(row)
    yield "\n]\n"


WRITERS = {"csv": (_csv, "text/csv; charset=utf-8"), "json": (_json, "application/json")}
