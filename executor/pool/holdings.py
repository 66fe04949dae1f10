"""What one pool has on the engine: each container and network is known from before it is made until it
is gone.

The engine's list is the truth. Everything on it that carries the pool's label, and whose name the pool
does not hold, is left over: a removal has failed, or the answer to a creation was lost. A container is
found by label and name together and removed by id, because its name alone may be another pool's by then.
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any
from uuid import uuid4

from ..errors import EngineError, EngineUnavailable
from ..owner import this_process
from ..sandbox import engine
from ..sandbox.spec import LABEL_INSTANCE, LABEL_OWNER, LABEL_POOL

logger = logging.getLogger(__name__)

LATE_SECONDS = 10
"""How long after a lost answer the engine may still finish a creation: it takes 0.1 s when idle."""


class Holdings:
    """The names of one pool's containers and networks; thread-safe."""

    def __init__(self, instance: str) -> None:
        self.labels = {
            LABEL_INSTANCE: instance,
            LABEL_OWNER: this_process(),
            LABEL_POOL: uuid4().hex,
        }
        self.untidy = threading.Event()
        """Set when something may be left over."""
        self._lock = threading.Lock()
        self._names: set[str] = set()
        self._ever = False
        self._late: dict[str, float] = {}

    def hold(self, name: str) -> bool:
        """Call before the creation. False if the name is held already: it must not be created."""
        with self._lock:
            if name in self._names:
                return False
            self._names.add(name)
            self._ever = True
            return True

    def names(self) -> frozenset[str]:
        """What is held now."""
        with self._lock:
            return frozenset(self._names)

    def drop(self, name: str) -> None:
        """What has the name is gone, or was never made."""
        with self._lock:
            self._names.discard(name)

    def lose(self, name: str, error: BaseException | None = None) -> None:
        """It is not known whether what has the name is gone: `clear` finds it if it is there. If its
        creation was not answered (`error`), the engine may make it a moment from now."""
        self.drop(name)
        if isinstance(error, EngineUnavailable):
            with self._lock:
                self._late[name] = monotonic() + LATE_SECONDS
        self.untidy.set()

    def may_grow(self) -> bool:
        """Whether a creation whose answer was lost may still come to its end."""
        with self._lock:
            self._late = {name: end for name, end in self._late.items() if monotonic() < end}
            return bool(self._late)

    def clear(self) -> list[str]:
        """Remove from the engine what is left over; return the names of what could not be removed.

        Raises EngineError if the engine can't list.
        """
        if not self._ever:
            return []  # a pool that nobody used needs no engine
        label = f"{LABEL_POOL}={self.labels[LABEL_POOL]}"
        # The list comes before the names are read: what is made after it is not on it, and what was
        # dropped since is gone.
        containers, networks = engine.containers(label), engine.networks(label)
        left = [name for one in containers if (name := self._left(one, _remove_container))]
        return left + [name for one in networks if (name := self._left(one, engine.remove_network))]

    def _left(self, found: dict[str, Any], remove: Callable[[str], None]) -> str | None:
        """Its name if it is left over and stays."""
        name = _name(found)
        with self._lock:
            if name in self._names:
                return None
        try:
            remove(found["Id"])
        except EngineError as error:
            logger.warning("could not remove %s, which is left over: %s", name, error)
            return name
        logger.info("removed %s, which was left over", name)
        with self._lock:
            self._late.pop(name, None)
        return None


def _name(found: dict[str, Any]) -> str:
    """As it was given: the engine writes a slash before a container's."""
    names = found.get("Names") or [found.get("Name") or found["Id"][:12]]
    return str(names[0]).removeprefix("/")


def _remove_container(identity: str) -> None:
    engine.remove(identity, pauses=())
