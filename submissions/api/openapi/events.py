"""The event stream in the OpenAPI document.

OpenAPI 3.0 has no words for events: to it a stream is a string. `x-events` has the schema of each event's
data.
"""

from typing import Any

MEDIA_TYPE = "text/event-stream"

_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
_NOTHING = {"type": "object"}

SCHEMA: dict[str, Any] = {
    "type": "string",
    "description": (
        "Server-sent events. The data of each event is one line of JSON.\n\n"
        "| event | data | meaning |\n"
        "|---|---|---|\n"
        '| `stdout` | `{"text": "…"}` | a piece of the standard output |\n'
        '| `stderr` | `{"text": "…"}` | a piece of the standard error, as the program wrote it |\n'
        "| `restart` | none | the run has started again: forget all events before |\n"
        "| `queued` | none | still in the queue: connect again later |\n"
        "| `result` | a `RunResult` | the run has ended; this is the last event |\n\n"
        "Lines that begin with a colon are comments. They show that the connection is alive."
    ),
    "x-events": {
        "stdout": _TEXT,
        "stderr": _TEXT,
        "restart": _NOTHING,
        "queued": _NOTHING,
        "result": {"$ref": "#/components/schemas/RunResult"},
    },
}
