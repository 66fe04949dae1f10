"""The largest requests, and a budget for bodies, which are read before the sender is authenticated."""

from collections import Counter
from math import ceil
from threading import Lock

KIBIBYTE = 2**10
MEBIBYTE = 2**20
INPUT_BYTES = 512 * KIBIBYTE
"""The largest input and arguments, 64 KiB and 16 KiB, in JSON's longest form, with room to spare."""
ESCAPE_BYTES = 12
"""JSON's longest form of a character: two escapes (\\uXXXX), for one beyond U+FFFF."""
FILE_BYTES = 8 * MEBIBYTE
"""The largest file that can be uploaded: what all files of one run may have together."""
ALL_BYTES = 64 * MEBIBYTE
"""For all clients: thirty of the largest requests for runs, or eight of the largest uploads. compose.yaml
gives web 512 MiB in all."""
CLIENTS_PART = 4
"""One client may use a fourth of the budget, so four clients are needed to exhaust it."""
FREE_BYTES = 16 * KIBIBYTE
"""The beginning of each body, which no budget counts: a login or a small program is taken whatever others
send. CONNECTION_MAX bounds all of them together, by default to 63 MiB."""


def request_bytes(code_characters: int) -> int:
    """Return the largest body of a request: 1 MiB, or more if the longest program may need it. In whole
    MiB, which is how a refusal names it."""
    return ceil((ESCAPE_BYTES * code_characters + INPUT_BYTES) / MEBIBYTE) * MEBIBYTE


def batch_bytes(code_characters: int) -> int:
    """Return the largest body of a batch. 2 MiB hold fifty programs of 5,000 characters as \\uXXXX. Of
    longer programs it holds fewer, but always one."""
    return max(2 * MEBIBYTE, request_bytes(code_characters))


def upload_bytes(largest: int) -> int:
    """Return the largest body of an upload that is read: the largest file, and the form around it."""
    return largest + 64 * KIBIBYTE


def body_bytes(code_characters: int) -> int:
    """Return the largest body that is read: just above a batch's, whose refusal explains more."""
    return batch_bytes(code_characters) + 64 * KIBIBYTE


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
                return False
            self._kept[client] = mine
            self._total += size
        return True

    def give_back(self, client: str, size: int) -> None:
        with self._lock:
            self._kept[client] -= size
            self._total -= size
            if not self._kept[client]:
                del self._kept[client]  # otherwise each client that ever came stays in memory
