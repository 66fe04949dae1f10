"""The largest requests, and a budget for bodies, which are read before the sender is authenticated."""

from collections import Counter
from threading import Lock

BODY_BYTES = (2 * 1024 + 64) * 1024
"""Largest body read: just above BATCH_MAX_BYTES, whose refusal explains more. As in deploy/Caddyfile."""
HEADER_BYTES = 96 * 1024
"""Largest headers. waitress searches all of them again at each piece: the cost grows as the square."""
ALL_BYTES = 64 * 1024 * 1024
"""For all clients: thirty of the largest bodies. compose.yaml gives web 512 MiB in all."""
CLIENTS_PART = 4
"""One client may use a fourth of the budget, so four clients are needed to exhaust it."""


class Budget:
    """Counts bytes in memory, by client; thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: Counter[str] = Counter()
        self._total = 0
        self._lock = Lock()

    @property
    def kept(self) -> int:
        return self._total

    def take(self, client: str, size: int) -> bool:
        """Count bytes of a client. Return False and count nothing if that exceeds the budget."""
        with self._lock:
            mine = self._kept[client] + size
            if self._total + size > self._most or mine > self._most // CLIENTS_PART:
                self._forget_if_empty(client)
                return False
            self._kept[client] = mine
            self._total += size
        return True

    def give_back(self, client: str, size: int) -> None:
        with self._lock:
            self._kept[client] -= size
            self._total -= size
            self._forget_if_empty(client)

    def _forget_if_empty(self, client: str) -> None:
        if not self._kept[client]:
            del self._kept[client]
