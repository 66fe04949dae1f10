"""What a process that serves the site does first, and last."""

from contextlib import ExitStack
from typing import Protocol

from .audit.housekeeper import Housekeeper
from .audit.sealer import Sealer
from .dispatch.dispatcher import dispatcher_class, hold
from .dispatch.heartbeat import Heartbeat
from .dispatch.host import SandboxHost
from .serializers.deliveries import body_of
from .webhooks.sender import Sender


class Part(Protocol):
    """Something that works in the background."""

    def start(self) -> None:
        """Return at once."""

    def stop(self) -> None:
        """Return when nothing of it works any more."""


class Site:
    """All that works in the background of a process that serves, from `start` to `stop`."""

    def __init__(self) -> None:
        self.dispatcher = dispatcher_class()()
        sandboxes = [SandboxHost()] if self.dispatcher.serves_sandboxes else []
        # Stopped in the opposite order. So the heartbeat renews leases until the last run has ended, and
        # what has ended then is sealed.
        self._parts: tuple[Part, ...] = (
            Sealer(),
            *sandboxes,
            Heartbeat(after_recovery=self.dispatcher.after_recovery),
            self.dispatcher,
            Housekeeper(),
            Sender(body_of),
        )
        self._started = ExitStack()

    def start(self) -> None:
        """Start all parts and return at once; the runs that a predecessor has lost are queued again."""
        hold(self.dispatcher)
        for part in self._parts:
            part.start()
            self._started.callback(part.stop)

    def stop(self) -> None:
        """Stop all parts, when the last request has been answered."""
        self._started.close()
