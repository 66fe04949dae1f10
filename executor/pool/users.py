"""Gives each sandbox a host user id of its own.

The kernel counts pipe buffers, pending signals and descriptors in flight for each user id, over all
containers. The id is part of the container's name, and the engine refuses a second container of the same
name while the first exists. So no two sandboxes on an engine share an id, even if different processes or
instances made them. An id is free again as soon as its container is removed, also after a crash.
"""

import secrets
import threading
from collections.abc import Iterator

TRIES = 1000
"""Ids that one creation tries. If all of them are taken, the range is too small for the engine."""


class UserIds:
    """A walk through a range of ids; thread-safe. It does not reuse an id soon after it is free: the
    kernel may hold something of the last owner for a moment."""

    def __init__(self, ids: range) -> None:
        self._ids = ids
        self._lock = threading.Lock()
        # Processes that share an engine start at different places and rarely meet.
        self._next = secrets.randbelow(len(ids))

    def candidates(self) -> Iterator[int]:
        """Yield the next ids to try, each once."""
        for _ in range(min(len(self._ids), TRIES)):
            with self._lock:
                place, self._next = self._next, (self._next + 1) % len(self._ids)
            yield self._ids[place]
