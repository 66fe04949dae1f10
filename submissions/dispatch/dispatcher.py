"""Gets submissions run, lets others follow them, and ends them on request: all that doors know of it.

Where they run is the deployment's choice (EXECUTOR_DISPATCH): in this process (local.py), or by
workers on other machines (remote.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.module_loading import import_string

from executor import GateState, Language, PoolState, RunRequest

from ..lifecycle.idempotency import Once
from ..lifecycle.intake import Origin
from ..lifecycle.models import Submission
from .feed import LiveEvent

# By name, so that a process without a broker does not load what speaks to one.
CLASSES = {
    "inline": "submissions.dispatch.local.LocalDispatcher",
    "celery": "submissions.dispatch.remote.RemoteDispatcher",
}


class Dispatcher(ABC):
    """One of them is made at start-up, and used by all threads of the process.

    It may be used without having been started, as tests and management commands do, and then starts no
    thread: `submit_and_wait` runs in the caller's thread, what is queued stays queued until a started
    process runs it, and `submit_and_return` is refused.
    """

    serves_sandboxes: ClassVar[bool]
    """Whether this process has an engine, a pool and a gate of its own."""

    @abstractmethod
    def start(self) -> None:
        """Start what works in the background and return at once."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it, when the last request has been answered; what runs ends first."""

    @abstractmethod
    def after_recovery(self) -> None:
        """Get the submissions run that are queued; called regularly, and may take its time."""

    @abstractmethod
    def reaches_broker(self) -> bool | None:
        """Return whether the broker is connected, as far as this process knows; None without a broker."""

    @abstractmethod
    def gate_state(self) -> GateState:
        """Return whether anything is run."""

    @abstractmethod
    def pool_state(self) -> PoolState:
        """Return the state of the sandboxes, of all that run submissions together."""

    @abstractmethod
    def runtime(self, language: Language) -> str:
        """Return the name and version of the language's runtime; empty if nothing that knows answers."""

    @abstractmethod
    def submit_and_wait(
        self,
        *,
        user: User,
        run: RunRequest,
        origin: Origin,
        experiment: str = "",
        key: Once | None = None,
    ) -> Submission:
        """Run a program and return the finished submission.

        Raises Closed, Busy, TooManyRuns or KeyTaken (nothing is stored) or SandboxUnavailable.
        """

    @abstractmethod
    def submit_and_return(self, *, user: User, run: RunRequest, origin: Origin) -> Submission:
        """Begin a run and return its submission; `follow` it, or `abandon` it.

        Raises Closed, Busy or TooManyRuns; what goes wrong later is stored. Needs a started dispatcher.
        """

    @abstractmethod
    def submit_later(
        self, *, user: User, runs: Sequence[RunRequest], origin: Origin
    ) -> list[Submission]:
        """Queue programs, all or none. Raises Busy or TooManyRuns.

        They may begin when the caller's transaction is committed.
        """

    @abstractmethod
    def follow(self, submission: Submission) -> Iterator[LiveEvent | None]:
        """Yield what it prints from its beginning until it is finished; None for a silence of a second.

        Of a submission that is finished it yields what was stored. `submission` is read again meanwhile,
        so its status says why the events end.
        """

    @abstractmethod
    def abandon(self, submission: Submission) -> None:
        """End a run of `submit_and_return` that nobody follows any more, if it is still under way."""

    @abstractmethod
    def cancel(self, submission: Submission) -> Submission:
        """End a run and return it, finished unless that takes very long. Raises NotUnderWay."""


class _Held:
    """The dispatcher of this process."""

    dispatcher: Dispatcher | None = None


def dispatcher_class() -> type[Dispatcher]:
    """Return the class that the settings ask for."""
    return cast(type[Dispatcher], import_string(CLASSES[settings.EXECUTOR_DISPATCH]))


def hold(made: Dispatcher | None) -> None:
    """Make it the dispatcher of this process; startup.py does so."""
    _Held.dispatcher = made


def dispatcher() -> Dispatcher:
    """Return the dispatcher of this process; one that is not started if none was made."""
    if _Held.dispatcher is None:
        _Held.dispatcher = dispatcher_class()()
    return _Held.dispatcher
