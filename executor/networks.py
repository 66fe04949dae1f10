"""Networks for the sandboxes that are to have one: only those without the layer "no network"."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from . import engine
from .errors import EngineError
from .owner import this_process
from .spec import LABEL_INSTANCE, LABEL_OWNER

logger = logging.getLogger(__name__)


@contextmanager
def internal_network(instance: str) -> Iterator[str]:
    """The id of a bridge of its own without a way out, which is gone after the block. Whatever was
    connected has to be gone before."""
    network = engine.create_internal_network(
        f"safe-code-executor-{uuid4().hex[:12]}",
        labels={LABEL_INSTANCE: instance, LABEL_OWNER: this_process()},
    )
    try:
        yield network
    finally:
        try:
            engine.remove_network(network)
        except EngineError:
            logger.warning("left network %s to the reaper", network[:12], exc_info=True)
