"""Bounds the memory of answers that their readers leave unread.

A thread is free again as soon as the server has its whole answer. So a client could ask for very many and
read none of them. Streams do not count: each holds a place, and has a small buffer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from math import inf
from typing import Any

ALL_BYTES = 64 * 1024 * 1024
"""Of all clients together. compose.yaml gives web 512 MiB in all."""
CLIENTS_PART = 4
"""One client may have a fourth of it, so four clients are needed to exhaust it."""


def too_many(channels: Iterable[Any]) -> list[Any]:
    """Return the connections to close, so that what is left unread is within the bounds.

    They are those of the client who has most whose answers have waited for longest. Threads send
    meanwhile, so each size is read once.
    """
    sizes, waiting = Counter[str](), defaultdict[str, list[tuple[float, int, Any]]](list)
    for channel in channels:
        size = channel.total_outbufs_len
        if size and not channel.requests:
            sizes[channel.client] += size
            waiting[channel.client].append((_since(channel), size, channel))
    for of_client in waiting.values():
        of_client.sort(key=lambda one: one[0], reverse=True)
    closed = []
    while sizes:
        [(client, most)] = sizes.most_common(1)
        if most <= ALL_BYTES // CLIENTS_PART and sizes.total() <= ALL_BYTES:
            break
        _, size, channel = waiting[client].pop()
        sizes[client] -= size
        closed.append(channel)
    return closed


def _since(channel: Any) -> float:
    """Return since when the answer waits; one that is new comes last."""
    return inf if channel.answer_began is None else float(channel.answer_began)
