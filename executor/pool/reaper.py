"""Removes containers and networks of killed processes. A living process removes its own (holdings.py).

Labels are the only record of ownership. The reaper never touches other instances on the same engine.
"""

import logging
from time import time
from typing import Any

from ..errors import EngineError
from ..owner import process_is_alive
from ..sandbox import engine
from ..sandbox.spec import LABEL_INSTANCE, LABEL_OWNER

logger = logging.getLogger(__name__)

GRACE_SECONDS = 60
"""An owner that is not visible from here may still be creating a container that is younger than this, or
reading how it died."""


def sweep(instance: str) -> list[str]:
    """Remove leftover containers and networks; return the containers' ids. Raises EngineError if the
    engine can't list."""
    leftovers = [
        container["Id"]
        for container in engine.containers(f"{LABEL_INSTANCE}={instance}")
        if _is_left_over(container)
    ]
    removed = []
    for container_id in leftovers:
        try:
            engine.remove(container_id)
        except EngineError:
            logger.warning("could not remove container %s", container_id[:12], exc_info=True)
        else:
            removed.append(container_id)
    _sweep_networks(instance)
    if removed:
        logger.info("removed %d containers that nobody owned", len(removed))
    return removed


def _sweep_networks(instance: str) -> None:
    """Remove the networks of killed processes, once their containers are gone."""
    for network in engine.networks(f"{LABEL_INSTANCE}={instance}"):
        if process_is_alive(network["Labels"].get(LABEL_OWNER, "")) is False:
            try:
                engine.remove_network(network["Id"])
            except EngineError:
                logger.warning("could not remove network %s", network["Id"][:12], exc_info=True)


def _is_left_over(container: dict[str, Any]) -> bool:
    owner = container["Labels"].get(LABEL_OWNER, "")
    alive = process_is_alive(owner)
    if alive is not None:
        return not alive
    # The owner is on a machine that is not visible from here. A sandbox ends with its owner's connection:
    # one that runs has an owner, and one that has ended and stays has none.
    old = time() - float(container["Created"]) > GRACE_SECONDS
    return old and str(container["State"]) != "running"
