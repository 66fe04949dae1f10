"""A run as the lines that E2B's clients read: each a JSON object, its type in `type`."""

import json
from base64 import b64encode
from collections.abc import Generator
from time import monotonic, time_ns
from typing import Any

from ... import orders
from ...files import store
from ...files.store import Description
from ...http import connections, refusals
from ...lifecycle.errors import Refused
from ...lifecycle.models import Status, Submission, Verdict

QUEUED_SECONDS = 30.0
"""How long a run is followed that lost its worker and is queued again."""
FORMATS = {"image/png": "png", "image/jpeg": "jpeg"}
"""Files that become results, and the format that E2B calls each."""
BY_ITSELF = frozenset({Verdict.RUNTIME_ERROR, Verdict.COMPILE_ERROR})
AGAIN = "The run has begun again. The output above is void.\n"
NO_PLACE = "The pictures that the program made are not sent."


def lines_of(submission: Submission) -> Generator[bytes]:
    """Yield the output as it comes, then the pictures that the program made, and the error.

    The run has given its place back when the pictures come, which may be megabytes. So their reader takes
    a place for streams; without one they stay away.
    """
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
    if submission.status == Status.FINISHED and (pictures := _pictures_of(submission)):
        try:
            with connections.place(submission.user_id):
                yield from _results(submission, pictures)
        except Refused as refused:
            yield _output("stderr", f"{NO_PLACE} {refusals.sentence_of(refused)}\n")
    if error := _error_of(submission):
        yield _line("error", **error)
    yield _line("end_of_execution")


def _pictures_of(submission: Submission) -> list[tuple[int, Description]]:
    """Return position and description of the files that become results."""
    files = enumerate(submission.files_out or ())
    return [(position, file) for position, file in files if file["type"] in FORMATS]


def _results(submission: Submission, pictures: list[tuple[int, Description]]) -> Generator[bytes]:
    for position, file in pictures:
        content = store.content_of(submission.pk, submission.attempt, position)
        if content is not None:
            picture = {FORMATS[file["type"]]: b64encode(content).decode()}
            line = _line("result", text=file["name"], is_main_result=False, **picture)
            yield from connections.bit_by_bit(line)


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
