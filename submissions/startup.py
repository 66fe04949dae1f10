"""Start and stop the background work of a process that serves the site."""

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
    """A part of the background work."""

    def start(self) -> None:
        """Start the work and return at once."""

    def stop(self) -> None:
        """Stop the work and return when it has ended."""


class Site:
    """The background work of a process that serves, from `start` to `stop`."""

    def __init__(self) -> None:
        self.dispatcher = dispatcher_class()()
        sandboxes = [SandboxHost()] if self.dispatcher.serves_sandboxes else []
        # They stop in the opposite order. So the heartbeat renews leases until the last run has ended,
        # and the sealer then seals that run.
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
        """Start all parts and return at once; the heartbeat then requeues what a predecessor has lost."""
        hold(self.dispatcher)
        for part in self._parts:
            part.start()
            self._started.callback(part.stop)

    def announce_stop(self) -> None:
        """Have requests answered that wait for a run's end only; a handler of signals may call this."""
        self.dispatcher.is_closing = True

    def stop(self) -> None:
        """Stop all parts, after the last request has been answered."""
        self._started.close()
