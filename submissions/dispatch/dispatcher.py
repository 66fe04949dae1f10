"""Gets submissions run, lets others follow them, and ends them on request: all that views know of it.

Where they run is the deployment's choice (EXECUTOR_DISPATCH): in this process (local.py), or by
workers on other machines (remote.py).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings
from django.contrib.auth.models import User

from executor import GateState, Language, PoolState, RunRequest

from ..lifecycle.idempotency import Once
from ..lifecycle.intake import Origin
from ..lifecycle.models import Submission
from .feed import LiveEvent

MODULES = {"inline": "submissions.dispatch.local", "celery": "submissions.dispatch.remote"}


class Dispatcher(Protocol):
    """What a module of MODULES has."""

    def start(self) -> None:
        """For a process that serves; returns at once. Where it is not called, as in tests and commands,
        all else works all the same."""

    def stop(self) -> None:
        """When the last request has been answered."""

    def reaches_broker(self) -> bool | None:
        """As far as this process knows; None where there is none to be reached."""

    def gate_state(self) -> GateState:
        """Whether anything is run."""

    def pool_state(self) -> PoolState:
        """The sandboxes, of all that run submissions together."""

    def runtime(self, language: Language) -> str:
        """What the language's runtime calls itself; empty if nobody who knows can be asked."""

    def submit_and_wait(
        self,
        *,
        user: User,
        run: RunRequest,
        origin: Origin,
        experiment: str = "",
        key: Once | None = None,
    ) -> Submission:
        """A finished submission. Raises Closed, Busy, TooManyRuns (nothing stored) or
        SandboxUnavailable."""

    def submit_and_return(self, *, user: User, run: RunRequest, origin: Origin) -> Submission:
        """A submission that is under way. Raises Closed, Busy or TooManyRuns; what goes wrong later is
        stored."""

    def submit_later(
        self, *, user: User, runs: Sequence[RunRequest], origin: Origin
    ) -> list[Submission]:
        """Queued submissions, all or none. Raises Busy or TooManyRuns."""

    def follow(self, submission: Submission) -> Iterator[LiveEvent | None]:
        """What it printed from its beginning, then as it comes, until it is finished; None for a
        silence, about once a second. Of one that is finished, what was stored."""

    def abandon(self, submission: Submission) -> None:
        """Nobody waits for it any more: ends its run if that is still under way."""

    def cancel(self, submission: Submission) -> Submission:
        """Ends its run and returns it, finished unless that takes very long. Raises NotUnderWay."""


@cache
def dispatcher() -> Dispatcher:
    # By name, so that a process without a broker does not load what speaks to one.
    return cast(Dispatcher, import_module(MODULES[settings.EXECUTOR_DISPATCH]))
