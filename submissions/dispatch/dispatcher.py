"""The interface through which doors run, follow and cancel submissions.

The setting EXECUTOR_DISPATCH chooses where they run: in this process (local.py), or by workers on other
machines (remote.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import ClassVar, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.module_loading import import_string

from executor import GateState, Image, PoolState, Probe, RunRequest

from ..lifecycle.idempotency import RequestKey
from ..lifecycle.intake import Also, Origin
from ..lifecycle.models import Submission
from .feed import LiveEvent

# By name, so that a process without a broker does not load Celery.
CLASSES = {
    "inline": "submissions.dispatch.local.LocalDispatcher",
    "celery": "submissions.dispatch.remote.RemoteDispatcher",
}


class Dispatcher(ABC):
    """The object that runs submissions; startup.py makes one for all threads of the process.

    Tests and management commands use one that is not started. It starts no thread: `submit_and_wait` runs
    in the caller's thread, queued submissions wait for a started process, and `submit_and_return` is
    refused.
    """

    serves_sandboxes: ClassVar[bool]
    """Whether this process has an engine, a pool and a gate of its own."""
    is_closing = False
    """The process is about to stop, so `wait` returns within a second. A handler of signals sets this."""

    @abstractmethod
    def start(self) -> None:
        """Start the background work and return at once."""

    @abstractmethod
    def stop(self) -> None:
        """Stop the background work, after the last answer; runs under way end first."""

    @abstractmethod
    def after_recovery(self) -> None:
        """Look for queued submissions; the heartbeat calls this regularly, in a thread that may block."""

    @abstractmethod
    def reaches_broker(self) -> bool | None:
        """Return whether the broker is connected, as far as this process knows; None without a broker."""

    @abstractmethod
    def gate_state(self) -> GateState:
        """Return whether runs are allowed, and why not."""

    @abstractmethod
    def pool_state(self) -> PoolState:
        """Return the sum of the states of all pools."""

    @abstractmethod
    def lanes(self) -> list[Probe]:
        """Return the lanes in use: one of this process, or the different ones of the workers."""

    @abstractmethod
    def retire_slots(self, user: User) -> None:
        """Remove the containers that wait for this user's next run, and soon those with a run."""

    @abstractmethod
    def images(self) -> dict[str, Image]:
        """Return what is known at the moment of the image of each offered language, by its slug."""

    @abstractmethod
    def submit_and_wait(
        self,
        *,
        user: User,
        run: RunRequest,
        origin: Origin,
        experiment: str = "",
        key: RequestKey | None = None,
        also: Also | None = None,
    ) -> Submission:
        """Run a program and return the finished submission.

        `also` stores what belongs to the submission, in the same transaction.
        Raises Closed, Busy, TooManyRuns or KeyTaken (nothing is stored) or SandboxUnavailable.
        """

    @abstractmethod
    def submit_and_return(
        self, *, user: User, run: RunRequest, origin: Origin, key: RequestKey | None = None
    ) -> Submission:
        """Begin a run and return its submission; `follow` it, then `leave` or `abandon` it.

        Raises Closed, Busy, TooManyRuns or KeyTaken; what goes wrong later is stored. Needs a started
        dispatcher.
        """

    @abstractmethod
    def submit_later(
        self, *, user: User, runs: Sequence[RunRequest], origin: Origin
    ) -> list[Submission]:
        """Queue programs, all or none. Raises Busy or TooManyRuns.

        They may begin when the caller's transaction is committed.
        """

    @abstractmethod
    def follow(self, submission: Submission) -> Generator[LiveEvent | None]:
        """Yield the output from its beginning to the end of the run; None after a second of silence.

        The output of a finished submission comes from its row. `submission` is refreshed meanwhile, so
        its status shows why the events have ended.
        """

    @abstractmethod
    def wait(self, submission: Submission, seconds: float) -> None:
        """Return when the run has finished, or after that time, without its output.

        It returns earlier if the process is about to stop. `submission` is refreshed, so its status shows
        which.
        """

    @abstractmethod
    def leave(self, submission: Submission) -> None:
        """Release what `submit_and_return` holds for its client; the run continues."""

    @abstractmethod
    def abandon(self, submission: Submission) -> None:
        """End a run of `submit_and_return` that nobody follows any more, if it is still under way."""

    @abstractmethod
    def tell_typed(self, submission: Submission) -> None:
        """Let the process that has the run look for input; without this it looks once a second."""

    @abstractmethod
    def cancel(self, submission: Submission, seconds: float) -> Submission:
        """End a run and return it, finished unless its end takes longer. Raises NotUnderWay."""


class _Held:
    """The dispatcher of this process."""

    dispatcher: Dispatcher | None = None


def dispatcher_class() -> type[Dispatcher]:
    """Return the class that the settings ask for."""
    return cast(type[Dispatcher], import_string(CLASSES[settings.EXECUTOR_DISPATCH]))


def hold(made: Dispatcher | None) -> None:
    """Set the dispatcher of this process; startup.py calls this."""
    _Held.dispatcher = made


def dispatcher() -> Dispatcher:
    """Return the dispatcher of this process; one that is not started if none was made."""
    if _Held.dispatcher is None:
        _Held.dispatcher = dispatcher_class()()
    return _Held.dispatcher
