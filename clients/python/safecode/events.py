"""The events of a stream (text/event-stream), as far as the site writes them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Iterator
from typing import Any

BROKEN = (OSError, http.client.HTTPException, ValueError)


def read(lines: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and data of each event, until the stream ends or breaks."""
    name = ""
    try:
        for raw in lines:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
                if isinstance(data, dict):
                    yield name, data
    except BROKEN:
        return
