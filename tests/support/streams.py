"""Event streams as a client reads them."""

import json

from django.conf import settings

from submissions.http.connections import streams


def open_streams():
    return streams(settings.STREAM_MAX).held


def events_in(chunks):
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


def printed(events, stream="stdout"):
    return "".join(data["text"] for event, data in events if event == stream)


def join(client, submission_id):
    answer = client.get(
        f"/api/submissions/{submission_id}/events/", headers={"Accept": "text/event-stream"}
    )
    assert answer.status_code == 200
    return answer
