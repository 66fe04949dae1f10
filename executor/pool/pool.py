"""Keeps idle sandboxes, so that a run does not pay for a start.

A sandbox serves one run: afterwards it is destroyed, and replaced in the background. In the slot lane
(lane.py) it serves its owner's next runs as well, until it retires (slots.py): all runs that an idle
sandbox serves, unless the request is for a container of its own.

Idle sandboxes have their language's own limits and a read-only root. A request for another container
gets a cold one. A request that lowers limits still gets an idle sandbox: wall clock, CPU time and output
cap belong to the run, and the engine lowers memory and processes of the container, in a tenth of the time
of a start.

If no sandbox is idle, the caller waits for the next one to start, first come first served.
"""

import atexit
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from time import monotonic

from ..choices import offered
from ..conf import ExecutorConfig, config
from ..errors import CannotNest, EngineError, EngineUnavailable
from ..languages import Language
from ..limits import Limits
from ..sandbox.ablations import Ablation
from ..sandbox.container import Sandbox
from ..sandbox.probe import START, Probe, probe, why_not_nested
from ..single import Single
from . import reaper
from .cleaners import Cleaners
from .creation import Creator, start_held
from .holdings import Holdings
from .idle import Idle, Ticket
from .lane import Lane, fixed_lane, in_words
from .networks import internal_network
from .owned import Lease, OwnedSlots
from .slots import Owner
from .starters import Starters
from .state import PoolState

logger = logging.getLogger(__name__)

MAX_AGE_SECONDS = 3600
"""Replace an idle sandbox after this, so that none outlives an image update for long."""
PERIOD_SECONDS = 60
"""Time between sweeps, and between reviews of how many should be idle."""
CLEAR_PAUSE_SECONDS = 2
"""Pause between attempts to remove leftovers. Each failure doubles it, up to a period."""


class Pool:
    """The sandboxes of this process; thread-safe."""

    def __init__(self, settings: ExecutorConfig) -> None:
        self._settings = settings
        self._changed = threading.Condition()
        self._idle = Idle(
            offered(), floor=settings.pool_size, memory_bytes=settings.pool_memory_bytes
        )
        self._holdings = Holdings(settings.instance)
        self._creator = Creator(settings, self._holdings)
        self._count: Counter[str] = Counter()
        self._closing = threading.Event()
        self._cleaners = Cleaners(self._holdings)
        # The probe's sandbox is removed even if the engine loses it for a while.
        ways = partial(start_held, self._holdings), self._cleaners.remove
        self._lane = Lane(lambda: probe(*ways), fixed=fixed_lane(settings))
        self.slots = OwnedSlots(settings, self._lane, self._cleaners, room=self._room_for_slots)
        self._starters = Starters(
            self._idle,
            self._creator,
            self._cleaners,
            self._lane,
            changed=self._changed,
            closing=self._closing,
        )
        self._keeper: threading.Thread | None = None

    def start(self) -> None:
        """Begin to keep sandboxes idle; return at once. A pool that is not started creates each
        sandbox on request, as suits a command that runs one program."""
        with self._changed:
            if self._keeper or self._closing.is_set():
                return
            self._keeper = threading.Thread(
                target=self._keep, name="sandbox-pool-keep", daemon=True
            )
            self._keeper.start()
            if self._settings.pool_size:
                self._starters.start()
        if fixed_lane(self._settings):  # else the probe's result is logged
            logger.info("%s", in_words(self._lane.state))

    # For callers.

    @contextmanager
    def sandbox(
        self,
        language: Language,
        limits: Limits,
        *,
        read_only: bool,
        owner: Owner | None = None,
    ) -> Iterator[Lease]:
        """Yield a sandbox for one run; destroy it afterwards, unless it is a slot that may serve its
        owner again. Without an owner it serves this run alone. Raises EngineError."""
        lease = self._lease(language, limits, owner, read_only=read_only)
        try:
            self._add("served_warm" if lease.warm else "served_cold")
            yield lease
        finally:
            self._end(lease)

    def _lease(
        self, language: Language, limits: Limits, owner: Owner | None, *, read_only: bool
    ) -> Lease:
        if not self._may_be_idle(language, limits, read_only=read_only):
            return self._cold(language, limits, read_only=read_only)
        if self._is_lowered(language, limits):
            owner = None  # its memory is lowered for good, and no other run wants that
        if owner is not None and (slot := self.slots.take(owner, language)):
            self._add("served_again")
            return Lease(sandbox=slot.sandbox, warm=True, slot=slot)
        idle = self._take(language.slug)
        sandbox = idle or self._wait_for_start(language, owner)
        if self._is_lowered(language, limits) and not self._lower(sandbox, limits):
            return self._cold(language, limits, read_only=read_only)
        if not self._lane.allows(sandbox):  # lost since: the start and the lowering take their time
            self._cleaners.discard(sandbox)
            return self._cold(language, limits, read_only=read_only)
        slot = None if owner is None else self.slots.own(sandbox, owner, language)
        return Lease(sandbox=sandbox, warm=idle is not None, slot=slot)

    def _cold(self, language: Language, limits: Limits, *, read_only: bool) -> Lease:
        sandbox = self._creator.create(language, limits, read_only=read_only)
        return Lease(sandbox=sandbox, warm=False)

    def _end(self, lease: Lease) -> None:
        if lease.slot is None:
            end = self._cleaners.destroy if lease.ends_late else self._cleaners.discard
            end(lease.sandbox)
        elif lease.ends_late:
            self.slots.end_late(lease.slot)
        else:
            self.slots.give_back(lease.slot, may_serve_again=lease.may_serve_again)

    @contextmanager
    def weakened_sandbox(
        self, language: Language, limits: Limits, ablation: Ablation, *, read_only: bool
    ) -> Iterator[Lease]:
        """Yield a cold sandbox that lacks a layer; remove it and its network before returning. Raises
        EngineError. If that is a layer of nested sandboxes, the sandbox is a slot, which no other request
        ever gets, and a machine that makes none raises CannotNest."""
        with ExitStack() as stack:
            network = None
            if ablation.network:
                network = stack.enter_context(internal_network(self._holdings))
            weaken = partial(ablation.spec_for, network=network)
            try:
                sandbox = self._creator.create(
                    language, limits, read_only=read_only, nested=ablation.nested, weaken=weaken
                )
            except EngineError as error:
                found = why_not_nested(error)
                if ablation.nested and found.step != START:
                    raise CannotNest(f"{found.step}: {found.reason}") from error
                raise
            self._add("served_cold")
            try:
                yield Lease(sandbox=sandbox, warm=False)
            finally:
                self._cleaners.destroy(sandbox)

    def _may_be_idle(self, language: Language, limits: Limits, *, read_only: bool) -> bool:
        """Whether an idle sandbox, which has the language's own limits, serves this request."""
        own = language.limits(self._settings.limits)
        of_the_run = replace(
            limits,
            wall_seconds=own.wall_seconds,
            idle_seconds=own.idle_seconds,
            cpu_seconds=own.cpu_seconds,
            output_bytes=own.output_bytes,
            memory_bytes=max(limits.memory_bytes, own.memory_bytes),
            processes=max(limits.processes, own.processes),
        )
        are_kept = self._keeper is not None and self._settings.pool_size > 0
        return are_kept and read_only and of_the_run == own

    def _is_lowered(self, language: Language, limits: Limits) -> bool:
        """Whether the run's limits of the container itself are lower than the language's."""
        own = language.limits(self._settings.limits)
        return (limits.memory_bytes, limits.processes) != (own.memory_bytes, own.processes)

    def _room_for_slots(self, held: int) -> int:
        """How many bytes idle slots may take, of which there are `held` with those that have a run."""
        with self._changed:
            out = self._idle.yield_to(held)
            room = self._idle.room()
        for sandbox in out:
            self._cleaners.discard(sandbox)
        return room

    def _lower(self, sandbox: Sandbox, limits: Limits) -> bool:
        """Lower the limits of a sandbox of the pool. If that fails, discard it and return False: the
        runtime may not be able to, and cgroup v1 refuses less memory than is in use."""
        try:
            sandbox.lower(limits)
        except EngineError as error:
            logger.warning("a sandbox's limits can't be lowered, so a run starts cold: %s", error)
        except BaseException:
            self._cleaners.discard(sandbox)
            raise
        else:
            if sandbox.is_waiting():  # cgroup v2 may have killed for memory
                return True
        self._cleaners.discard(sandbox)
        return False

    def _take(self, slug: str) -> Sandbox | None:
        """Take the oldest idle sandbox that still lives; None if there is none."""
        while True:
            with self._changed:
                sandbox = self._idle.of[slug].take()
                self._changed.notify_all()
            if sandbox is None or (sandbox.is_waiting() and self._lane.allows(sandbox)):
                return sandbox
            if not sandbox.is_waiting():
                self._add("found dead")
            self._cleaners.discard(sandbox)

    def _wait_for_start(self, language: Language, owner: Owner | None) -> Sandbox:
        """Block until a sandbox has started; re-raise its start-up error."""
        held = self.slots.held()
        if owner is not None:
            held += language.waiting_bytes  # it will be this owner's slot
        with self._changed:
            if self._closing.is_set():
                raise EngineUnavailable("the pool is closed")
            ticket = self._idle.queue(language.slug, held=held)
            self._changed.notify_all()
        try:
            return ticket.sandbox.result()
        except BaseException:
            self._withdraw(ticket)
            raise

    def _withdraw(self, ticket: Ticket) -> None:
        """Cancel a ticket whose caller leaves, by Ctrl-C for instance. Nobody else would destroy its
        sandbox."""
        with self._changed:
            queued = self._idle.withdraw(ticket)
        if not queued:  # the ticket has a sandbox, or gets one at this moment
            ticket.sandbox.add_done_callback(self._discard_unwanted)

    def _discard_unwanted(self, delivered: Future[Sandbox]) -> None:
        if delivered.exception() is None:
            self._cleaners.discard(delivered.result())

    # Keeping.

    def _keep(self) -> None:
        """Clear, sweep, review and retire, until the pool is closed."""
        due, pause = 0.0, CLEAR_PAUSE_SECONDS
        while not self._closing.is_set():
            left = False
            try:
                if monotonic() >= due:
                    due = monotonic() + PERIOD_SECONDS
                    self._retire()
                    self._holdings.untidy.set()  # a lost creation may have come to its end since
                    reaper.sweep(self._settings.instance)
                    self.slots.look_after(self._creator.image)
                if self._holdings.untidy.wait(max(0.0, due - monotonic())):
                    left = bool(self._cleaners.clear())
            except EngineError:
                logger.warning("the engine can't be swept", exc_info=True)
            except Exception:  # the outermost frame of this thread
                logger.exception("the pool's keeper has failed")
            if left:
                self._closing.wait(pause)
            pause = min(2 * pause, PERIOD_SECONDS) if left else CLEAR_PAUSE_SECONDS

    def _retire(self) -> None:
        """Discard idle sandboxes that are too old, have died, or exceed the target."""
        with self._changed:
            out: list[Sandbox] = []
            for idle in self._idle.of.values():
                idle.review()
                out += idle.remove(self._is_past_use)
            self._changed.notify_all()
        for sandbox in out:
            self._cleaners.discard(sandbox)

    def _is_past_use(self, sandbox: Sandbox) -> bool:
        is_old = monotonic() - sandbox.started > MAX_AGE_SECONDS
        return is_old or not sandbox.is_waiting() or not self._lane.allows(sandbox)

    def lane(self) -> Probe:
        """The lane in use."""
        return self._lane.state

    def decide_lane(self) -> None:
        """Probe the lane, if no probe has decided it yet."""
        self._lane.decide()

    def check_lane(self) -> None:
        """Probe the lane again. If it is lost, nothing more runs in a slot; idle ones are destroyed."""
        if self._lane.check() and not self._lane.is_slot:
            self.slots.retire_all()
            self._retire()

    def _add(self, what: str) -> None:
        with self._changed:
            self._count[what] += 1

    def state(self) -> PoolState:
        with self._changed:
            of = self._idle.of
            ready = {slug: len(idle.sandboxes) for slug, idle in of.items()}
            slots = self.slots.count()
            return PoolState(
                ready=ready,
                target={slug: idle.target for slug, idle in of.items()},
                slots=slots,
                busy=self._creator.created
                - (self._cleaners.taken + sum(ready.values()) + sum(slots.values())),
                waiting=len(self._idle.tickets),
                served_warm=self._count["served_warm"],
                served_cold=self._count["served_cold"],
                served_again=self._count["served_again"],
                created=self._creator.created,
                destroyed=self._cleaners.destroyed,
                failures=self._creator.failures + self._count["found dead"],
            )

    def close(self) -> None:
        """Destroy the idle sandboxes, and wait until the engine lists nothing of this pool except the
        sandboxes of runs under way. Those runs end as usual and destroy their own. Callers who wait for
        a sandbox get EngineUnavailable."""
        with self._changed:
            if self._closing.is_set():
                return
            self._closing.set()
            self._holdings.untidy.set()  # wakes the keeper
            idle, tickets = self._idle.clear()
            self._changed.notify_all()
        for ticket in tickets:
            ticket.sandbox.set_exception(EngineUnavailable("the pool is closed"))
        if self._keeper:
            self._keeper.join()
        self._starters.join()
        for sandbox in idle:
            self._cleaners.discard(sandbox)
        self.slots.close()
        self._cleaners.close()


@Single
def pool() -> Pool:
    """Make the process's one pool, at the first call: never at import, where `migrate` and the
    autoreloader would start containers."""
    made = Pool(config())
    atexit.register(made.close)
    return made


def pool_state() -> PoolState:
    return pool().state()


def lane_state() -> Probe:
    """The lane of this process's runs, and why it is not the faster one."""
    return pool().lane()


def retire_slots(owner: Owner) -> None:
    """Destroy the slots of an owner who may run nothing any more."""
    pool().slots.retire(owner)


def owners_of_slots() -> set[Owner]:
    return pool().slots.owners()


def warm_up() -> None:
    """Let the pool fill in the background; return at once. For a process that serves."""
    pool().start()


def shutdown() -> None:
    """Destroy the idle sandboxes; for the end of the process."""
    pool().close()
