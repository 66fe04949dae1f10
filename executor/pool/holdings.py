"""Records one pool's containers and networks, from before their creation until their removal.

The engine's list is the truth. Anything on it that has the pool's label, and whose name the pool does not
hold, is a leftover: a removal has failed, or the answer to a creation was lost. A container is found by
label and name together and removed by id, because another pool may have taken its name by then.
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
"""How long after a lost answer the engine may still finish a creation. An idle engine takes 0.1 s."""


class Holdings:
    """The names of one pool's containers and networks; thread-safe."""

    def __init__(self, instance: str) -> None:
        self.labels = {
            LABEL_INSTANCE: instance,
            LABEL_OWNER: this_process(),
            LABEL_POOL: uuid4().hex,
        }
        self.untidy = threading.Event()
        """Set when there may be leftovers."""
        self._lock = threading.Lock()
        self._names: set[str] = set()
        self._ever = False
        self._late: dict[str, float] = {}

    def hold(self, name: str) -> bool:
        """Hold a name, before the creation. False if it is held already: do not create it."""
        with self._lock:
            if name in self._names:
                return False
            self._names.add(name)
            self._ever = True
            return True

    def names(self) -> frozenset[str]:
        """Copy the names held now."""
        with self._lock:
            return frozenset(self._names)

    def drop(self, name: str) -> None:
        """Release a name whose container or network is gone, or was never made."""
        with self._lock:
            self._names.discard(name)

    def lose(self, name: str, error: BaseException | None = None) -> None:
        """Release a name whose container or network may still exist: `clear` finds it if it does. If the
        engine did not answer the creation (`error`), it may still create it a moment later."""
        self.drop(name)
        if isinstance(error, EngineUnavailable):
            with self._lock:
                self._late[name] = monotonic() + LATE_SECONDS
        self.untidy.set()

    def may_grow(self) -> bool:
        """Whether the engine may still finish a creation whose answer was lost."""
        with self._lock:
            self._late = {name: end for name, end in self._late.items() if monotonic() < end}
            return bool(self._late)

    def clear(self) -> list[str]:
        """Remove leftovers from the engine; return the names of those that it has listed.

        Only its next list shows whether they are gone: an engine lists a container before it has created
        it, and then answers a removal as if there were none. Raises EngineError if the engine can't list.
        """
        if not self._ever:
            return []  # a pool that was never used needs no engine
        label = f"{LABEL_POOL}={self.labels[LABEL_POOL]}"
        # List before reading the names: containers made later are not on the list, and those
        # dropped since are gone.
        containers, networks = engine.containers(label), engine.networks(label)
        left = [name for one in containers if (name := self._left(one, _remove_container))]
        return left + [name for one in networks if (name := self._left(one, engine.remove_network))]

    def _left(self, found: dict[str, Any], remove: Callable[[str], None]) -> str | None:
        """Remove what was found, and return its name, if it is a leftover."""
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
        return name


def _name(found: dict[str, Any]) -> str:
    """The name as it was given. The engine writes a slash before a container's name."""
    names = found.get("Names") or [found.get("Name") or found["Id"][:12]]
    return str(names[0]).removeprefix("/")


def _remove_container(identity: str) -> None:
    engine.remove(identity, pauses=())
