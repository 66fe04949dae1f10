"""Removes the containers and networks of a process that was killed. A process that lives removes its own
(holdings.py).

Labels are the only record of ownership. Other instances on the same engine are never touched.
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
"""A younger container may be one that its owner, which can't be seen from here, is just making, or just
asking how it died."""


def sweep(instance: str) -> list[str]:
    """Remove what is left over and return the ids. Raises EngineError if the engine can't list."""
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
    """Those of a killed predecessor, once their containers are gone."""
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
    # On a machine that we can't see: a sandbox ends with its owner's connection, so one that has ended
    # and stays is lost, and one that runs is not.
    old = time() - float(container["Created"]) > GRACE_SECONDS
    return old and str(container["State"]) != "running"
