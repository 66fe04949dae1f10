"""A host user id of its own for each sandbox.

The kernel counts pipe buffers, pending signals and descriptors in flight for each user id, over all
containers. The id is part of the container's name, and the engine refuses a second container of a name
for as long as the first is there. So no two sandboxes on an engine share an id, whichever processes and
instances made them, and an id is free again as soon as its container is removed, also after a crash.
"""

import secrets
import threading
from collections.abc import Iterator

TRIES = 1000
"""Ids that a creation tries: if all of these are taken, the range is too small for the engine."""


class UserIds:
    """Walks through a range of ids, so that an id that was just free is not used again soon: the kernel
    may still hold for a moment what its last owner left. Thread-safe."""

    def __init__(self, ids: range) -> None:
        self._ids = ids
        self._lock = threading.Lock()
        # Processes that share an engine start at different places and rarely meet.
        self._next = secrets.randbelow(len(ids))

    def candidates(self) -> Iterator[int]:
        """The next ids, each once, to be tried in turn."""
        for _ in range(min(len(self._ids), TRIES)):
            with self._lock:
                place, self._next = self._next, (self._next + 1) % len(self._ids)
            yield self._ids[place]
