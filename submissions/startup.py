"""What a process that serves does first, and last."""

from functools import cache

from .dispatch import dispatcher
from .sealing import Sealer


def start() -> None:
    """All in the background: the predecessor's runs are put back, and this process begins to seal, and
    to run, or to have run."""
    dispatcher().start()
    sealer()


def stop() -> None:
    """When the last request has been answered."""
    dispatcher().stop()
    sealer().stop()


@cache
def sealer() -> Sealer:
    """This process's, started."""
    made = Sealer()
    made.start()
    return made
