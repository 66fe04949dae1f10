"""The worker processes of a distributed deployment, each of which reports its state three times a lease.

A web process has no engine; these reports are all that it knows of sandboxes.
"""

from collections import Counter
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.utils import timezone

from executor import (
    Check,
    Closed,
    GateState,
    Image,
    PoolState,
    Probe,
    gate_state,
    image_of,
    lane_state,
    offered,
    pool_state,
    this_process,
)

from .models import Worker

FRESH_SECONDS = 3.0
"""How long the states are cached, since each submission needs them."""
RETRY_SECONDS = 5
NO_LANE = {"lane": "container", "reason": "the worker is of a version without lanes"}
FORGET = timedelta(days=1)
"""The row of a worker that has not reported for this time is removed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerState:
    """The last report of one worker."""

    name: str
    places: int
    gate: GateState
    pool: PoolState
    lane: Probe
    images: dict[str, Image]
    """By language."""


def report() -> None:
    """Report the state of this worker.

    Raises EngineError, and reports nothing, if the engine does not answer: such a worker runs nothing.
    """
    state = {
        "places": settings.EXECUTOR_MAX_RUNS,
        "gate": asdict(gate_state()),
        "pool": asdict(pool_state()),
        "lane": asdict(lane_state()),
        "images": {slug: asdict(image_of(language)) for slug, language in offered().items()},
    }
    now = timezone.now()
    Worker.objects.update_or_create(name=this_process(), defaults={"seen": now, "state": state})
    Worker.objects.filter(seen__lt=now - FORGET).delete()
    _recently.forget()


def leave() -> None:
    """Remove this worker from the list."""
    Worker.objects.filter(name=this_process()).delete()


def present() -> list[WorkerState]:
    """Return the workers that have reported within a lease."""
    since = timezone.now() - timedelta(seconds=settings.EXECUTOR_LEASE_SECONDS)
    return [_state(worker) for worker in Worker.objects.filter(seen__gt=since)]


def _state(worker: Worker) -> WorkerState:
    state: dict[str, Any] = worker.state
    # The report of a newer version may have fields that this one does not know.
    gate = _known(GateState, state["gate"]) | {"check": Check(state["gate"]["check"])}
    return WorkerState(
        name=worker.name,
        places=state["places"],
        gate=GateState(**gate),
        pool=PoolState(**_known(PoolState, state["pool"])),
        lane=Probe(**_known(Probe, state.get("lane", NO_LANE))),
        images={
            slug: Image(**_known(Image, image)) for slug, image in state.get("images", {}).items()
        },
    )


def _known(kind: type[Any], reported: dict[str, Any]) -> dict[str, Any]:
    """Select the fields that this version knows."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in reported.items() if name in names}


class _Recently:
    """A cache of `present`; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._until = 0.0
        self._states: list[WorkerState] = []

    def states(self) -> list[WorkerState]:
        with self._lock:
            if self._until < monotonic():
                self._states = present()
                self._until = monotonic() + FRESH_SECONDS
            return self._states

    def forget(self) -> None:
        """Have the next caller read the table: this process has changed it."""
        with self._lock:
            self._until = 0.0


_recently = _Recently()


def check() -> None:
    """Raise Closed unless there is a worker whose gate is open."""
    states = _recently.states()
    if not states:
        raise Closed("no worker is available", retry_after=RETRY_SECONDS)
    if not any(state.gate.is_open for state in states):
        raise Closed(f"nothing is run: {states[0].gate.reason}", retry_after=RETRY_SECONDS)


def gates() -> GateState:
    """Return the state of an open gate, if one of the workers has one; else that of another gate."""
    states = present()
    if not states:
        return GateState(check=Check.PENDING, reason="there is no worker", since=0.0)
    return next((state.gate for state in states if state.gate.is_open), states[0].gate)


def lanes() -> list[Probe]:
    """Return the different lanes of the workers, the container first."""
    found = {state.lane for state in present()}
    return sorted(found, key=lambda one: (one.lane, one.step, one.reason))


def pools() -> PoolState:
    """Return the sum of the states of all workers' pools."""
    total: Counter[str] = Counter()
    languages = {
        name: Counter(dict.fromkeys(offered(), 0)) for name in ("ready", "target", "slots")
    }
    for state in present():
        for name, value in asdict(state.pool).items():
            if name in languages:
                languages[name].update(value)
            else:
                total[name] += value
    counts = {
        field.name: total[field.name] for field in fields(PoolState) if field.name not in languages
    }
    by_language = {name: dict(count) for name, count in languages.items()}
    return PoolState(**by_language, **counts)  # type: ignore[arg-type] # numbers, or dicts of them


def images() -> dict[str, Image]:
    """Return the image of each offered language: one that is built, if a worker has it."""
    found: dict[str, Image] = dict.fromkeys(offered(), Image())
    for state in _recently.states():
        for slug, image in state.images.items():
            if slug in found and not found[slug].is_built:
                found[slug] = image
    return found
