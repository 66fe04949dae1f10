"""A run as the lines that E2B's clients read: each a JSON object, its type in `type`."""

import json
from base64 import b64encode
from collections.abc import Iterator
from time import monotonic, time_ns
from typing import Any

from ... import orders
from ...files import store
from ...lifecycle.models import Status, Submission, Verdict

QUEUED_SECONDS = 30.0
"""How long a run is followed that lost its worker and is queued again."""
FORMATS = {"image/png": "png", "image/jpeg": "jpeg"}
"""Files that become results, and the format that E2B calls each."""
BY_ITSELF = frozenset({Verdict.RUNTIME_ERROR, Verdict.COMPILE_ERROR})
AGAIN = "The run has begun again. The output above is void.\n"


def lines_of(submission: Submission) -> Iterator[bytes]:
    """Yield the output as it comes, then the pictures that the program made, and the error."""
    yield _line("number_of_executions", execution_count=1)
    give_up = monotonic() + QUEUED_SECONDS
    for event in orders.follow(submission):
        if event is None:
            yield _line("keepalive")  # only a write shows that the client has gone
        elif event.name == "restart":
            yield _output("stderr", AGAIN)
        else:
            yield _output(event.name, event.text)
        if submission.status == Status.QUEUED and monotonic() > give_up:
            break
    if submission.status == Status.FINISHED:
        yield from _pictures(submission)
    if error := _error_of(submission):
        yield _line("error", **error)
    yield _line("end_of_execution")


def _pictures(submission: Submission) -> Iterator[bytes]:
    for position, file in enumerate(submission.files_out or ()):
        if picture := FORMATS.get(file["type"]):
            content = store.content_of(submission.pk, submission.attempt, position)
            if content is not None:
                encoded = b64encode(content).decode()
                yield _line("result", text=file["name"], is_main_result=False, **{picture: encoded})


def _error_of(submission: Submission) -> dict[str, str] | None:
    """Return name, value and traceback of what ended the run; None if nothing did."""
    if submission.status != Status.FINISHED:
        sentence = "The run is queued. Its result will be in your history."
        return {"name": "Queued", "value": sentence, "traceback": sentence}
    verdict = Verdict(submission.verdict)
    if verdict is Verdict.OK:
        return None
    details = submission.error_details or {}
    if verdict in BY_ITSELF and details.get("type"):
        value = details.get("message") or ""
        return {"name": details["type"], "value": value, "traceback": submission.stderr}
    name = "".join(word.capitalize() for word in verdict.split("_"))
    sentence = submission.error
    return {"name": name, "value": sentence, "traceback": submission.stderr or sentence}


def _output(stream: str, text: str) -> bytes:
    return _line(stream, text=text, timestamp=time_ns())


def _line(kind: str, **content: Any) -> bytes:
    return json.dumps({"type": kind, **content}).encode() + b"\n"
