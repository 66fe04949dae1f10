"""Event streams as a client reads them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

from submissions.http.connections import streams
from tests.support.clients import Answer


def open_streams() -> int:
    return streams(settings.STREAM_MAX).held


def events_in(chunks: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield (event, data) in order, without comments."""
    text = ""
    for chunk in chunks:
        text += chunk.decode()
        while "\n\n" in text:
            frame, text = text.split("\n\n", 1)
            if not frame.startswith(":"):
                event, data = frame.split("\n")[-2:]  # a `retry` may stand before them
                yield event.removeprefix("event: "), json.loads(data.removeprefix("data: "))
    assert text == ""


def printed(events: Iterable[tuple[str, Any]], stream: str = "stdout") -> str:
    return "".join(data["text"] for event, data in events if event == stream)


def stream_of(answer: HttpResponseBase) -> Iterator[bytes]:
    """Return the pieces of an answer that is streamed; fail the test if it is not."""
    assert isinstance(answer, StreamingHttpResponse), answer
    pieces = answer.streaming_content
    assert isinstance(pieces, Iterator)
    return pieces


def join(client: Client, submission_id: object) -> Answer:
    answer = client.get(
        f"/api/submissions/{submission_id}/events/", headers={"Accept": "text/event-stream"}
    )
    assert answer.status_code == 200
    return answer
