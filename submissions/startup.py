"""What a process that serves does first, and last."""

from functools import cache

from .audit.housekeeper import Housekeeper
from .audit.sealer import Sealer
from .dispatch.dispatcher import dispatcher
from .serializers.deliveries import body_of
from .webhooks.sender import Sender


def start() -> None:
    """All in the background: the predecessor's runs are put back, and this process begins to seal, to
    send webhooks, to remove what is too old, and to run, or to have run."""
    dispatcher().start()
    sealer()
    sender()
    housekeeper()


def stop() -> None:
    """When the last request has been answered."""
    sender().stop()
    housekeeper().stop()
    dispatcher().stop()
    sealer().stop()


@cache
def sealer() -> Sealer:
    """This process's, started."""
    made = Sealer()
    made.start()
    return made


@cache
def housekeeper() -> Housekeeper:
    """This process's, started."""
    made = Housekeeper()
    made.start()
    return made


@cache
def sender() -> Sender:
    """This process's, started."""
    made = Sender(body_of)
    made.start()
    return made
