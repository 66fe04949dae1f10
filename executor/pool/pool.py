"""Keeps started sandboxes waiting, so that a run need not pay for a start.

A sandbox is taken once and never comes back: it is destroyed behind the response and replaced in
the background. Which sandboxes can wait: those of the deployment's own limits with a read-only
root, one stock a language. A request that wants anything else of its container gets a cold one;
wall clock, CPU time and output cap are the run's, not the container's, so lowering them does not.

Who finds nothing waiting queues for the next that is ready, first come first served. A few threads
start sandboxes, for callers before stocks: an engine that is asked for all at once serves all late.
"""

import atexit
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from time import monotonic

from ..conf import ExecutorConfig, config
from ..errors import EngineError, EngineUnavailable, NameTaken
from ..languages import LANGUAGES, Language
from ..limits import Limits
from ..sandbox import engine
from ..sandbox.ablations import Ablation, Spec
from ..sandbox.container import Sandbox
from ..sandbox.spec import LABEL_OWNER, LABEL_POOL, container_spec
from . import reaper
from .cleaners import Cleaners
from .holdings import Holdings
from .idle import Stocks, Ticket
from .networks import internal_network
from .users import UserIds

logger = logging.getLogger(__name__)

MAX_AGE_SECONDS = 3600
"""A waiting sandbox is replaced after this, so that none outlives an image update for long."""
PERIOD_SECONDS = 60
"""Between sweeps, and between reviews of what should wait."""
RETRY_SECONDS = 2
"""Stocks are not filled for this long after the engine failed to give us a sandbox."""
BEHIND_SECONDS = 0.02
"""Refill stands back for this long, so that it does not compete with the run and its answer for the
processors (docs/performance.md). Removal does so by itself: it waits for the sandbox to end."""
STARTERS = 4
"""Threads that start sandboxes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolState:
    """What an operator wants to see of the pool. Counts are of this process, since its start."""

    ready: dict[str, int]
    """Waiting sandboxes by language."""
    target: dict[str, int]
    """So many should wait, by language."""
    busy: int
    """Sandboxes in which a program runs."""
    waiting: int
    """Callers who wait for a sandbox to be started."""
    served_warm: int
    served_cold: int
    created: int
    destroyed: int
    failures: int
    """Sandboxes that could not be made, or were found dead."""


class Pool:
    """The sandboxes of this process; thread-safe."""

    def __init__(self, settings: ExecutorConfig) -> None:
        self._settings = settings
        self._changed = threading.Condition()
        self._stocks = Stocks(
            LANGUAGES, floor=settings.pool_size, memory_bytes=settings.pool_memory_bytes
        )
        self._holdings = Holdings(settings.instance)
        self._user_ids = UserIds(settings.uids)
        self._count: Counter[str] = Counter()
        self._retry_at = 0.0
        self._closing = threading.Event()
        self._cleaners = Cleaners(self._holdings)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins to fill the stocks, and to keep them full; returns at once. Until then each
        sandbox is started when it is wanted, as suits a command that runs one program."""
        with self._changed:
            if self._threads or self._closing.is_set():
                return
            starters = STARTERS if self._settings.pool_size else 0
            for work in (self._keep, *[self._stock_up] * starters):
                name = f"sandbox-pool-{work.__name__.strip('_')}"
                self._threads.append(threading.Thread(target=work, name=name, daemon=True))
                self._threads[-1].start()

    # For callers.

    @contextmanager
    def sandbox(
        self, language: Language, limits: Limits, *, read_only: bool
    ) -> Iterator[tuple[Sandbox, bool]]:
        """A sandbox for one run and whether it was warm; destroyed afterwards. Raises EngineError."""
        stocked = self._is_stocked(limits, read_only=read_only)
        sandbox = self._take(language.slug) if stocked else None
        warm = sandbox is not None
        if sandbox is None and stocked:
            sandbox = self._queue_for_one(language.slug)
        elif sandbox is None:
            sandbox = self._start(language, limits, read_only=read_only)
        try:
            self._add("served_warm" if warm else "served_cold")
            yield sandbox, warm
        finally:
            self._cleaners.discard(sandbox)

    @contextmanager
    def weakened_sandbox(
        self, language: Language, limits: Limits, ablation: Ablation, *, read_only: bool
    ) -> Iterator[tuple[Sandbox, bool]]:
        """One that lacks a layer: never warm, and gone, its network too, when this returns."""
        with ExitStack() as stack:
            network = None
            if ablation.network:
                network = stack.enter_context(internal_network(self._holdings))
            weaken = partial(ablation.spec_for, network=network)
            sandbox = self._start(language, limits, read_only=read_only, weaken=weaken)
            self._add("served_cold")
            try:
                yield sandbox, False
            finally:
                self._cleaners.destroy(sandbox)

    def _is_stocked(self, limits: Limits, *, read_only: bool) -> bool:
        """Whether a container with the deployment's own limits serves a request for these."""
        own = self._settings.limits
        of_the_run = replace(
            limits,
            wall_seconds=own.wall_seconds,
            cpu_seconds=own.cpu_seconds,
            output_bytes=own.output_bytes,
        )
        stocks = bool(self._threads) and self._settings.pool_size > 0
        return stocks and read_only and of_the_run == own

    def _take(self, slug: str) -> Sandbox | None:
        """The oldest waiting sandbox that still lives."""
        while True:
            with self._changed:
                sandbox = self._stocks.of[slug].take()
                self._changed.notify_all()
            if sandbox is None or sandbox.is_waiting():
                return sandbox
            self._add("failures")
            self._cleaners.discard(sandbox)

    def _queue_for_one(self, slug: str) -> Sandbox:
        """The next sandbox that is started. Raises what its start raised."""
        with self._changed:
            if self._closing.is_set():
                raise EngineUnavailable("the pool is closed")
            ticket = self._stocks.queue(slug)
            self._changed.notify_all()
        try:
            return ticket.sandbox.result()
        except BaseException:
            self._withdraw(ticket)
            raise

    def _withdraw(self, ticket: Ticket) -> None:
        """For a caller who leaves, by Ctrl-C for instance: nobody else would destroy what comes."""
        with self._changed:
            queued = self._stocks.withdraw(ticket)
        if not queued:  # it has a sandbox, or gets one at this moment
            ticket.sandbox.add_done_callback(self._discard_unwanted)

    def _discard_unwanted(self, delivered: Future[Sandbox]) -> None:
        if delivered.exception() is None:
            self._cleaners.discard(delivered.result())

    # Starting.

    def _start(
        self,
        language: Language,
        limits: Limits,
        *,
        read_only: bool,
        weaken: Callable[[Spec], Spec] | None = None,
    ) -> Sandbox:
        image = engine.image(f"{self._settings.image_prefix}-{language.slug}")
        for uid in self._user_ids.candidates():
            spec = container_spec(
                language,
                limits,
                image=image["Id"],
                instance=self._settings.instance,
                owner=self._holdings.labels[LABEL_OWNER],
                pool=self._holdings.labels[LABEL_POOL],
                runtime=self._settings.runtime,
                uid=uid,
                read_only=read_only,
            )
            try:
                if sandbox := self._start_held(weaken(spec) if weaken else spec):
                    return sandbox
            except EngineError:
                self._add("failures")
                raise
        raise EngineError("no user id is free: give EXECUTOR_UIDS a larger range")

    def _start_held(self, spec: Spec) -> Sandbox | None:
        """None if another sandbox, of whatever process, has the name."""
        name = str(spec["name"])
        if not self._holdings.hold(name):
            return None
        try:
            sandbox = Sandbox.start(spec)
        except NameTaken:
            self._holdings.drop(name)
            return None
        except BaseException as error:
            self._holdings.lose(name, error)
            raise
        self._add("created")
        return sandbox

    def _stock_up(self) -> None:
        """What a starter does, until the pool is closed."""
        while (slug := self._next_order()) is not None:
            try:
                sandbox = self._start(LANGUAGES[slug], self._settings.limits, read_only=True)
            except Exception as error:  # the outermost frame of this thread
                self._refuse(slug, error)
            else:
                self._deliver(slug, sandbox)

    def _next_order(self) -> str | None:
        """The language to start next, counted as starting; None when the pool is closed."""
        with self._changed:
            while not self._closing.is_set():
                slug = self._stocks.next_for_a_caller()
                pause = self._retry_at - monotonic()
                if slug is None and pause <= 0:
                    slug = self._stocks.next_to_wait()
                if slug is not None:
                    self._stocks.of[slug].starting += 1
                    self._changed.wait_for(lambda: self._stocks.tickets, timeout=BEHIND_SECONDS)
                    return slug
                self._changed.wait(pause if pause > 0 else None)
        return None

    def _deliver(self, slug: str, sandbox: Sandbox) -> None:
        """To the caller who has waited longest for this language, or else into stock."""
        with self._changed:
            ticket = self._stocks.started(slug)
            closed = self._closing.is_set()
            if ticket is None and not closed:
                self._stocks.of[slug].waiting.append(sandbox)
            self._changed.notify_all()
        if ticket is not None:
            ticket.sandbox.set_result(sandbox)
        elif closed:
            self._cleaners.discard(sandbox)

    def _refuse(self, slug: str, error: Exception) -> None:
        """Tells that caller that there is none; the stocks are tried again later."""
        if not isinstance(error, EngineError):
            logger.error("a sandbox could not be started", exc_info=error)
        with self._changed:
            if self._retry_at < monotonic():
                logger.warning("no sandbox can be started: %s", error)
            self._retry_at = monotonic() + RETRY_SECONDS
            ticket = self._stocks.started(slug)
            self._changed.notify_all()
        if ticket is not None:
            ticket.sandbox.set_exception(error)

    # Keeping.

    def _keep(self) -> None:
        """What the keeper does, until the pool is closed: clears, sweeps, reviews, retires."""
        due, pause = 0.0, RETRY_SECONDS
        while not self._closing.is_set():
            left = False
            try:
                if monotonic() >= due:
                    due = monotonic() + PERIOD_SECONDS
                    self._retire()
                    self._holdings.untidy.set()  # a lost creation may have come to its end since
                    reaper.sweep(self._settings.instance)
                if self._holdings.untidy.wait(max(0.0, due - monotonic())):
                    left = bool(self._cleaners.clear())
            except EngineError:
                logger.warning("the engine can't be swept", exc_info=True)
            except Exception:  # the outermost frame of this thread
                logger.exception("the pool's keeper has failed")
            if left:
                self._closing.wait(pause)
            pause = min(2 * pause, PERIOD_SECONDS) if left else RETRY_SECONDS

    def _retire(self) -> None:
        """Takes out of stock what is too old, has died, or is not needed any more."""
        with self._changed:
            for stock in self._stocks.of.values():
                stock.review()
            out = [one for stock in self._stocks.of.values() for one in stock.remove(_is_past_use)]
            self._changed.notify_all()
        for sandbox in out:
            self._cleaners.discard(sandbox)

    def _add(self, what: str) -> None:
        with self._changed:
            self._count[what] += 1

    def state(self) -> PoolState:
        with self._changed:
            stocks = self._stocks.of
            ready = {slug: len(stock.waiting) for slug, stock in stocks.items()}
            return PoolState(
                ready=ready,
                target={slug: stock.target for slug, stock in stocks.items()},
                busy=self._count["created"] - self._cleaners.taken - sum(ready.values()),
                waiting=len(self._stocks.tickets),
                served_warm=self._count["served_warm"],
                served_cold=self._count["served_cold"],
                created=self._count["created"],
                destroyed=self._cleaners.destroyed,
                failures=self._count["failures"],
            )

    def close(self) -> None:
        """Destroy what waits, and wait until the engine lists nothing else of this pool than the
        sandboxes of runs under way, which end as usual and destroy their own. Callers who wait for a
        sandbox get EngineUnavailable."""
        with self._changed:
            if self._closing.is_set():
                return
            self._closing.set()
            self._holdings.untidy.set()  # wakes the keeper
            waiting, tickets = self._stocks.clear()
            self._changed.notify_all()
        for ticket in tickets:
            ticket.sandbox.set_exception(EngineUnavailable("the pool is closed"))
        for thread in self._threads:
            thread.join()
        for sandbox in waiting:
            self._cleaners.discard(sandbox)
        self._cleaners.close()


def _is_past_use(sandbox: Sandbox) -> bool:
    return monotonic() - sandbox.started > MAX_AGE_SECONDS or not sandbox.is_waiting()


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
