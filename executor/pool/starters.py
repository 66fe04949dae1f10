"""Threads that start sandboxes: first for waiting callers, then to refill the idle ones.

They are few: an engine that starts many sandboxes at once finishes all of them late.
"""

import logging
import threading
from time import monotonic

from ..errors import EngineError, ImageMissing
from ..languages import LANGUAGES
from ..sandbox.container import Sandbox
from .cleaners import Cleaners
from .creation import Creator
from .idle import Idle
from .lane import Lane

logger = logging.getLogger(__name__)

STARTERS = 4
"""Threads that start sandboxes."""
REFILL_DELAY_SECONDS = 0.02
"""Delay before refilling, so that starting a sandbox does not compete with the run and its answer for the
processors (docs/performance.md). Removal needs none: it waits for the sandbox to end."""
RETRY_SECONDS = 2
"""Nothing is refilled for this long after the engine has failed to start a sandbox."""
UNBUILT_SECONDS = 10
"""A language whose image is missing is not refilled for this long, while the others are."""


class Starters:
    """Threads that start sandboxes. `changed` guards `idle` and is notified when it changes; `closing`
    ends the threads."""

    def __init__(
        self,
        idle: Idle,
        creator: Creator,
        cleaners: Cleaners,
        lane: Lane,
        *,
        changed: threading.Condition,
        closing: threading.Event,
    ) -> None:
        self._idle = idle
        self._creator = creator
        self._cleaners = cleaners
        self._lane = lane
        self._changed = changed
        self._closing = closing
        self._retry_at = 0.0
        self._unbuilt: dict[str, float] = {}
        """When to try a language again whose image was missing."""
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for _ in range(STARTERS):
            name = "sandbox-pool-starter"
            self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
            self._threads[-1].start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (slug := self._next_order()) is not None:
            try:
                sandbox = self._creator.create(
                    LANGUAGES[slug], read_only=True, nested=self._lane.decide()
                )
            except Exception as error:  # noqa: BLE001 - the outermost frame of this thread
                self._refuse(slug, error)
            else:
                self._deliver(slug, sandbox)

    def _next_order(self) -> str | None:
        """Wait for the next language to start and count it as starting; None when the pool is closed."""
        with self._changed:
            while not self._closing.is_set():
                slug = self._idle.next_for_a_caller()
                pause = self._retry_at - monotonic()
                if slug is None and pause <= 0:
                    slug = self._idle.next_to_refill(self._paused())
                if slug is not None:
                    self._idle.of[slug].starting += 1
                    self._changed.wait_for(lambda: self._idle.tickets, timeout=REFILL_DELAY_SECONDS)
                    return slug
                self._changed.wait(self._pause())
        return None

    def _paused(self) -> set[str]:
        """Return the languages that are not refilled at present."""
        return {slug for slug, until in self._unbuilt.items() if until > monotonic()}

    def _pause(self) -> float | None:
        """Return after how many seconds there may be something to refill; None if a change says so."""
        ends = [self._retry_at, *self._unbuilt.values()]
        return min((end - monotonic() for end in ends if end > monotonic()), default=None)

    def _deliver(self, slug: str, sandbox: Sandbox) -> None:
        """Give the sandbox to the caller who has waited longest for its language, else keep it idle.

        A nested one is of no use if the lane was lost while it started: its caller waits for another.
        """
        ticket = None
        with self._changed:
            self._unbuilt.pop(slug, None)
            is_of_use = self._lane.allows(sandbox)
            if is_of_use:
                ticket = self._idle.started(slug)
            else:
                self._idle.of[slug].starting -= 1
            is_kept = is_of_use and ticket is None and not self._closing.is_set()
            if is_kept:
                self._idle.of[slug].sandboxes.append(sandbox)
            self._changed.notify_all()
        if ticket is not None:
            ticket.sandbox.set_result(sandbox)
        elif not is_kept:
            self._cleaners.discard(sandbox)

    def _refuse(self, slug: str, error: Exception) -> None:
        """Pass the error on to that caller, and pause refilling."""
        if not isinstance(error, EngineError):
            logger.error("a sandbox could not be started", exc_info=error)
        with self._changed:
            if isinstance(error, ImageMissing):
                self._leave_out(slug, error)
            else:
                if self._retry_at < monotonic():
                    logger.warning("no sandbox can be started: %s", error)
                self._retry_at = monotonic() + RETRY_SECONDS
            ticket = self._idle.started(slug)
            self._changed.notify_all()
        if ticket is not None:
            ticket.sandbox.set_exception(error)

    def _leave_out(self, slug: str, error: ImageMissing) -> None:
        """Refill the other languages only, for a while."""
        if slug not in self._unbuilt:
            logger.warning("no sandbox for %s: %s", slug, error)
        self._unbuilt[slug] = monotonic() + UNBUILT_SECONDS
