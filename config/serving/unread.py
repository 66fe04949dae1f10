"""Bounds the memory of answers that their readers leave unread.

A thread is free again as soon as the server has an answer of up to a megabyte. So a client could ask for
very many and read none of them.
"""

from collections import defaultdict
from collections.abc import Iterable
from math import inf
from typing import Any

ALL_BYTES = 64 * 1024 * 1024
"""Of all clients together. compose.yaml gives web 512 MiB in all."""
CLIENTS_PART = 4
"""One client may have a fourth of it, so four clients are needed to exhaust it."""


def too_many(channels: Iterable[Any]) -> list[Any]:
    """Return the connections to close, so that what is left unread is within the bounds.

    First of each client who has too much, then of all, those whose answers have waited for longest.
    """
    unread = sorted((one for one in channels if one.total_outbufs_len), key=_since)
    of_client = defaultdict(list)
    for channel in unread:
        if channel.place:  # behind a proxy there is none after the answer
            of_client[channel.place.client].append(channel)
    closed = []
    for own in of_client.values():
        closed += _beyond(own, ALL_BYTES // CLIENTS_PART)
    return closed + _beyond([one for one in unread if one not in closed], ALL_BYTES)


def _beyond(channels: list[Any], most: int) -> list[Any]:
    """Return the first of these, without which the others leave `most` bytes or fewer."""
    size = sum(channel.total_outbufs_len for channel in channels)
    first = 0
    while size > most:
        size -= channels[first].total_outbufs_len
        first += 1
    return channels[:first]


def _since(channel: Any) -> float:
    """Return since when the answer waits; one that is new comes last."""
    return inf if channel.answer_began is None else float(channel.answer_began)
