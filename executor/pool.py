"""Keeps started sandboxes waiting, so that a run need not pay for a start.

A sandbox is taken once and never comes back: it is destroyed behind the response and replaced in
the background. Which sandboxes can wait: those of the deployment's own limits with a read-only
root, one shelf a language. A request that wants anything else of its container gets a cold one;
wall clock, CPU time and output cap are the run's, not the container's, so lowering them does not.
"""

import atexit
import logging
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from time import monotonic, sleep

from . import engine, reaper
from .conf import ExecutorConfig, config
from .errors import EngineError
from .languages import LANGUAGES, Language
from .limits import Limits
from .owner import this_process
from .sandbox import Sandbox
from .spec import container_spec

logger = logging.getLogger(__name__)

MAX_AGE_SECONDS = 3600
"""A waiting sandbox is replaced after this, so that none outlives an image update for long."""
SWEEP_SECONDS = 60
RETRY_SECONDS = 2
"""Pause after the engine failed to give us a sandbox."""
BEHIND_SECONDS = 0.02
"""Removal and refill stand back for this long, so that they do not compete with the run and its answer
for the processors (docs/performance.md)."""
CLEANERS = 2
"""Threads that destroy; more than this many times this many waiting and callers do it themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolState:
    """What an operator wants to see of the pool."""

    ready: dict[str, int]
    """Waiting sandboxes by language."""
    busy: int
    created: int
    destroyed: int
    failures: int
    """Sandboxes that could not be made, or were found dead."""


class Pool:
    """The sandboxes of this process; thread-safe."""

    def __init__(self, settings: ExecutorConfig) -> None:
        self._settings = settings
        self._changed = threading.Condition()
        self._shelves: dict[str, deque[Sandbox]] = {slug: deque() for slug in LANGUAGES}
        self._held: set[str] = set()
        self._waste = 0
        self._created = self._destroyed = self._failures = 0
        self._last_taken = 0.0
        self._closed = False
        self._cleaners = ThreadPoolExecutor(CLEANERS, thread_name_prefix="sandbox-cleaner")
        self._keeper = threading.Thread(target=self._keep, name="sandbox-keeper", daemon=True)

    def start(self) -> None:
        """Begins to fill the shelves, and to keep them full; returns at once. Until then each
        sandbox is started when it is wanted, as suits a command that runs one program."""
        with self._changed:
            if not self._keeper.is_alive() and not self._closed:
                self._keeper.start()

    @contextmanager
    def sandbox(
        self, language: Language, limits: Limits, *, read_only: bool
    ) -> Iterator[tuple[Sandbox, bool]]:
        """A sandbox for one run and whether it was warm; destroyed afterwards. Raises EngineError."""
        sandbox = self._take(language) if self._can_wait(limits, read_only=read_only) else None
        warm = sandbox is not None
        if sandbox is None:
            sandbox = self._start(language, limits, read_only=read_only)
        try:
            yield sandbox, warm
        finally:
            self._discard(sandbox)

    def _can_wait(self, limits: Limits, *, read_only: bool) -> bool:
        """Whether a container with the deployment's own limits serves a request for these."""
        own = self._settings.limits
        of_the_run = replace(
            limits,
            wall_seconds=own.wall_seconds,
            cpu_seconds=own.cpu_seconds,
            output_bytes=own.output_bytes,
        )
        return read_only and of_the_run == own

    def _take(self, language: Language) -> Sandbox | None:
        """The oldest waiting sandbox that still lives."""
        while True:
            with self._changed:
                shelf = self._shelves[language.slug]
                sandbox = shelf.popleft() if shelf else None
                self._last_taken = monotonic()
                self._changed.notify_all()
            if sandbox is None or sandbox.is_waiting():
                return sandbox
            self._failed()
            self._discard(sandbox)

    def _start(self, language: Language, limits: Limits, *, read_only: bool) -> Sandbox:
        image = engine.image(f"{self._settings.image_prefix}-{language.slug}")
        spec = container_spec(
            language,
            limits,
            image=image["Id"],
            instance=self._settings.instance,
            owner=this_process(),
            runtime=self._settings.runtime,
            read_only=read_only,
        )
        try:
            sandbox = Sandbox.start(spec)
        except EngineError:
            self._failed()
            raise
        with self._changed:
            self._held.add(sandbox.container_id)
            self._created += 1
        return sandbox

    def _failed(self) -> None:
        with self._changed:
            self._failures += 1

    def _discard(self, sandbox: Sandbox) -> None:
        """Destroys behind the caller's back, unless the cleaners fall behind."""
        with self._changed:
            self._waste += 1
            by_cleaner = not self._closed and self._waste <= CLEANERS * CLEANERS
            if by_cleaner:  # under the lock, so that `close` can't shut them down in between
                self._cleaners.submit(self._destroy_behind, sandbox)
        if not by_cleaner:
            self._destroy(sandbox)

    def _destroy_behind(self, sandbox: Sandbox) -> None:
        sleep(BEHIND_SECONDS)
        self._destroy(sandbox)

    def _destroy(self, sandbox: Sandbox) -> None:
        try:
            sandbox.destroy()
        except EngineError:
            logger.warning("left %s to the reaper", sandbox.container_id[:12], exc_info=True)
        except Exception:  # the outermost frame of a cleaner
            logger.exception("could not destroy %s", sandbox.container_id[:12])
        with self._changed:
            self._waste -= 1
            self._destroyed += 1
            self._held.discard(sandbox.container_id)

    # The keeper: one thread that fills the shelves and sweeps.

    def _keep(self) -> None:
        next_sweep = monotonic()
        while not self._closed:
            pause = 0.0
            try:
                if monotonic() >= next_sweep:
                    next_sweep = monotonic() + SWEEP_SECONDS
                    self._retire()
                    reaper.sweep(self._settings.instance, in_use=self._in_use())
                if not self._fill_one_place():
                    pause = next_sweep - monotonic()
            except EngineError:
                logger.warning("the pool can't be filled", exc_info=True)
                self._wait_until_closed(RETRY_SECONDS)
            except Exception:  # the outermost frame of this thread
                logger.exception("the pool's keeper stumbled")
                self._wait_until_closed(RETRY_SECONDS)
            self._wait_for_work(pause)

    def _wait_until_closed(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, timeout=seconds)

    def _wait_for_work(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._missing() is not None, timeout=max(0.0, seconds)
            )

    def _missing(self) -> str | None:
        """The language with the emptiest shelf, if that is not full. Holds the lock."""
        slug = min(self._shelves, key=lambda slug: len(self._shelves[slug]))
        return slug if len(self._shelves[slug]) < self._settings.pool_size else None

    def _fill_one_place(self) -> bool:
        """Starts a sandbox for the emptiest shelf; False if all are full."""
        with self._changed:
            slug = self._missing()
            behind = self._last_taken + BEHIND_SECONDS - monotonic()
        if slug is None:
            return False
        sleep(max(0.0, behind))
        sandbox = self._start(LANGUAGES[slug], self._settings.limits, read_only=True)
        with self._changed:
            shelved = not self._closed
            if shelved:
                self._shelves[slug].append(sandbox)
        if not shelved:
            self._discard(sandbox)
        return True

    def _retire(self) -> None:
        """Takes what is too old, or has died, off the shelves."""
        with self._changed:
            out = [
                sandbox
                for shelf in self._shelves.values()
                for sandbox in shelf
                if monotonic() - sandbox.started > MAX_AGE_SECONDS or not sandbox.is_waiting()
            ]
            for shelf in self._shelves.values():
                for sandbox in [sandbox for sandbox in shelf if sandbox in out]:
                    shelf.remove(sandbox)
        for sandbox in out:
            self._discard(sandbox)

    def _in_use(self) -> set[str]:
        with self._changed:
            return set(self._held)

    def state(self) -> PoolState:
        with self._changed:
            ready = {slug: len(shelf) for slug, shelf in self._shelves.items()}
            return PoolState(
                ready=ready,
                busy=len(self._held) - sum(ready.values()) - self._waste,
                created=self._created,
                destroyed=self._destroyed,
                failures=self._failures,
            )

    def close(self) -> None:
        """Destroys what waits; runs under way end as usual and destroy their own sandbox."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            waiting = [sandbox for shelf in self._shelves.values() for sandbox in shelf]
            for shelf in self._shelves.values():
                shelf.clear()
            self._changed.notify_all()
        if self._keeper.is_alive():
            self._keeper.join()
        for sandbox in waiting:
            self._discard(sandbox)
        self._cleaners.shutdown()


@cache
def pool() -> Pool:
    """This process's pool, made when it is first wanted: never at import, where `migrate` and the
    autoreloader would start containers."""
    made = Pool(config())
    atexit.register(made.close)
    return made


def pool_state() -> PoolState:
    return pool().state()


def warm_up() -> None:
    """Lets the pool fill in the background; returns at once. For a process that serves."""
    pool().start()


def shutdown() -> None:
    """Destroys the waiting sandboxes; for the end of the process."""
    pool().close()
