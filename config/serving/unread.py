"""Bounds the memory of answers that their readers leave unread.

A thread is free again as soon as the server has an answer of up to a megabyte. So a client could ask for
very many and read none of them.
"""

from collections import Counter
from collections.abc import Collection
from math import inf
from typing import Any

ALL_BYTES = 64 * 1024 * 1024
"""Of all clients together. compose.yaml gives web 512 MiB in all."""
CLIENTS_PART = 4
"""One client may have a fourth of it, so four clients are needed to exhaust it."""


def too_many(channels: Collection[Any]) -> list[Any]:
    """Return the connections to close, so that what is left unread is within the bounds: of a client who
    has too much, or else of all, those whose answers have waited for longest."""
    unread = [channel for channel in channels if channel.total_outbufs_len]
    total = sum(channel.total_outbufs_len for channel in unread)
    of_client = Counter[str]()
    for channel in unread:
        if channel.place:  # behind a proxy there is none after the answer
            of_client[channel.place.client] += channel.total_outbufs_len
    closed = []
    for channel in sorted(unread, key=_since):
        size, client = channel.total_outbufs_len, channel.place.client if channel.place else ""
        if total > ALL_BYTES or of_client[client] > ALL_BYTES // CLIENTS_PART:
            closed.append(channel)
            total -= size
            of_client[client] -= size
    return closed


def _since(channel: Any) -> float:
    """Return since when the answer waits; one that is new comes last."""
    return inf if channel.answer_began is None else float(channel.answer_began)
