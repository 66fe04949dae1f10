"""Networks for sandboxes without the layer "no network"; no others have one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from ..errors import EngineError
from ..sandbox import engine
from .holdings import Holdings

logger = logging.getLogger(__name__)


@contextmanager
def internal_network(holdings: Holdings) -> Iterator[str]:
    """Create a bridge without a way out for one sandbox, yield its id, and remove it after the block. The
    sandbox must be gone by then."""
    name = f"safe-code-executor-{uuid4().hex[:12]}"
    holdings.hold(name)
    try:
        network = engine.create_internal_network(name, labels=holdings.labels)
    except BaseException as error:
        holdings.lose(name, error)
        raise
    try:
        yield network
    finally:
        _remove(network, name, holdings)


def _remove(network: str, name: str, holdings: Holdings) -> None:
    try:
        engine.remove_network(network)
    except EngineError as error:
        logger.warning("could not remove network %s yet: %s", network[:12], error)
        holdings.lose(name)
    else:
        holdings.drop(name)
