"""The fields of a run as columns of a submission, derived from the executor's dataclasses.

A new field of a run needs a line in `executor/runs.py`, in the model, and in each serializer or page that
shows it. This module, the queue, the workers' messages and the lists derive their columns from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from django.db.models import JSONField, TextField

from executor import LANGUAGES, File, LeftOut, Limits, RunRequest, RunResult, Usage, choice_of

from ..files import store
from .models import Submission, Typing, Verdict, Via

FILES = ("files", "files_left_out")
"""The row only describes them; files/store.py has their content."""
DERIVED = ("escapes_bytes", "state", "state_bytes")
"""What follows from other columns, or is read when the run begins (sessions.py)."""
OF_FILES = ("files_in", "files_out", "files_left_out")
"""The columns that do."""
REQUEST = tuple(field.name for field in fields(RunRequest) if field.name not in (*FILES, *DERIVED))
RESULT = tuple(
    name
    for field in fields(RunResult)
    if field.name not in ("limits", "state", *FILES)  # limits are a column of the request
    for name in ([part.name for part in fields(Usage)] if field.name == "usage" else [field.name])
)
STATE = ("status", "worker", "attempt", "lease", "started", "finished", "outcome", "finding")
"""The other columns that change between the claim and the end."""
CHANGING = (*STATE, *RESULT, "files_out", "files_left_out", "session_end")
"""What a process that waits for the end has to load, or to be sent."""
SHORT = ("error", "error_details")
"""A sentence, and its parts: at most two kilobytes."""
LARGE = tuple(
    field.name
    for field in Submission._meta.concrete_fields
    if isinstance(field, TextField | JSONField) and field.name not in SHORT
)
"""Columns that a list does not load: up to 64 KiB each."""


def of_request(request: RunRequest) -> dict[str, Any]:
    """Return the columns of a new row."""
    values = {name: _stored(getattr(request, name)) for name in REQUEST}
    typing = Typing.OPEN if request.interactive else ""
    return values | {"files_in": store.described(request.files) or None, "typing": typing}


def request_of(submission: Submission) -> RunRequest:
    """Return the request that a row holds, with its files. Raises FilesMissing."""
    values = {name: getattr(submission, name) for name in REQUEST}
    if submission.files_in:
        values["files"] = store.sent_to(submission.pk, submission.files_in)
    values["args"], values["limits"] = tuple(values["args"]), Limits(**values["limits"])
    # Clients of Jobe expect the bytes in such a form, and no other door offers it.
    return RunRequest(**values, escapes_bytes=submission.via == Via.JOBE)


def choice_of_row(submission: Submission) -> dict[str, float] | None:
    """Return the lower limits of a row, as a new request names them; None if it has none."""
    if (language := LANGUAGES.get(submission.language)) is None:
        return None
    return choice_of(Limits(**submission.limits), language) or None


def of_result(result: RunResult) -> dict[str, Any]:
    """Return the columns that the result of a run fills."""
    values: Mapping[str, Any] = {
        name: getattr(result.usage if hasattr(result.usage, name) else result, name)
        for name in RESULT
    }
    stored = {name: _stored(value) for name, value in values.items()}
    return stored | {"verdict": Verdict(result.verdict), "error": result.error or ""}


def of_files(kept: Sequence[File], left_out: LeftOut, *, over_quota: int) -> dict[str, Any]:
    """Return the columns of what a run has made: only the reasons for which something was left out."""
    counts = asdict(left_out) | {"over_quota": over_quota}
    return {
        "files_out": store.described(kept),
        "files_left_out": {reason: count for reason, count in counts.items() if count},
    }


def _stored(value: object) -> object:
    if is_dataclass(value):
        # Not `asdict`: it copies each value deeply, and these are numbers, flags and texts.
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return list(value) if isinstance(value, tuple) else value
