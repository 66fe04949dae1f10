"""Health checks of the service, for load balancers and anybody else.

Each part is checked by a thread of its own, at most once a second for all clients together, and an answer
waits at most two seconds for it: neither a part that hangs nor many clients can block the answer.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from queue import SimpleQueue
from time import monotonic
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import resolve
from django.views.decorators.cache import never_cache

from executor import GateState, Probe, ping_engine, pool_state

from ..dispatch.dispatcher import dispatcher, dispatcher_class
from ..quotas.models import Counter

PATIENCE_SECONDS = 2.0
FRESH_SECONDS = 1.0
"""How long the result of a check is reused."""
PROBES = {"/healthz", "/healthz/live", "/healthz/ready", "/metrics"}


Answer = Future[GateState | None]
_workers_lanes: list[Probe] = []
"""The lanes of the workers, as the last check of the part `workers` has found them."""
_unbuilt: list[str] = []
"""The offered languages without an image, as the last check of `engine` or `workers` has found them."""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a check, safe to show to anybody: no address and no foreign error message."""

    ok: bool
    detail: str = ""


class Part:
    """Something that the service needs. `check` raises if it does not work, may return the gate of the
    process that runs code, and may block."""

    def __init__(self, name: str, check: Callable[[], GateState | None]) -> None:
        self._name = name
        self._check = check
        self._lock = threading.Lock()
        self._requested: SimpleQueue[Answer] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._latest: Answer = Future()
        self._fresh_until = 0.0

    def begin(self) -> Answer:
        """Return the latest answer, or the one under way; start a check if the latest is old."""
        with self._lock:
            if self._thread is None:
                # Daemon: a part that hangs must not keep the process alive.
                name = f"health-{self._name}"
                self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
                self._thread.start()
                self._latest.set_result(None)
            if self._latest.done() and monotonic() >= self._fresh_until:
                self._latest = Future()
                self._fresh_until = monotonic() + FRESH_SECONDS
                self._requested.put(self._latest)
            return self._latest

    def _serve(self) -> None:
        while True:
            answer = self._requested.get()
            try:
                answer.set_result(self._check())
            except Exception as error:  # noqa: BLE001 - any error means that the part does not work
                answer.set_exception(error)


def _database() -> None:
    """Query the database on a new connection, which shows that one can still be opened."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _counters() -> None:
    """Read a counter of rates. Without it nobody may submit anything."""
    try:
        Counter.objects.filter(key="health").first()
    finally:
        connection.close()


def _engine() -> None:
    ping_engine()
    _look_at_images()


def _look_at_images() -> None:
    images = dispatcher().images()
    _unbuilt[:] = [slug for slug, image in images.items() if image.is_built is False]


def _workers() -> GateState:
    try:
        _workers_lanes[:] = dispatcher().lanes()
        _look_at_images()
        return dispatcher().gate_state()
    finally:
        connection.close()


@cache
def parts() -> dict[str, Part]:
    """Return the parts that need a check, by name."""
    checks: dict[str, Callable[[], GateState | None]]
    checks = {"database": _database, "counters": _counters}
    if dispatcher_class().serves_sandboxes:
        checks["engine"] = _engine
    else:
        checks["workers"] = _workers
    return {name: Part(name, check) for name, check in checks.items()}


def check_all(parts: dict[str, Part]) -> dict[str, Answer]:
    """Check all parts at once; return when all have answered, or after PATIENCE_SECONDS."""
    answers = {name: part.begin() for name, part in parts.items()}
    wait(answers.values(), timeout=PATIENCE_SECONDS)
    return answers


def found(answer: Answer) -> Found:
    if not answer.done():
        return Found(ok=False, detail="no answer in time")
    if answer.exception():  # its message may go to the log, but not to strangers
        return Found(ok=False, detail="out of order")
    gate = answer.result()
    return found_at(gate) if gate else Found(ok=True)


def _result(answer: Answer) -> GateState | None:
    return answer.result() if answer.done() and not answer.exception() else None


def found_at(gate: GateState) -> Found:
    return Found(ok=gate.is_open, detail=gate.reason)


def pool() -> Found:
    """Describe the pool. It never fails the check: without a ready sandbox, runs start cold."""
    state = pool_state()
    lacking = [slug for slug, target in state.target.items() if target and not state.ready[slug]]
    return Found(ok=True, detail=f"none ready: {', '.join(lacking)}" if lacking else "")


def languages() -> Found:
    """Name the languages that can't run. They never fail the check: the others run."""
    return Found(ok=True, detail=f"not built: {', '.join(_unbuilt)}" if _unbuilt else "")


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 if runs are accepted, 503 if not."""
    answers = check_all(parts())
    states = {name: found(answer) for name, answer in answers.items()}
    gate: GateState | None
    if dispatcher().serves_sandboxes:
        gate = dispatcher().gate_state()
        states |= {"pool": pool(), "self_check": found_at(gate)}
    else:
        is_there = bool(dispatcher().reaches_broker())
        states["broker"] = Found(ok=is_there, detail="" if is_there else "no connection")
        gate = _result(answers["workers"])
    states["languages"] = languages()
    is_ready = all(one.ok for one in states.values())
    body = {
        "live": True,
        "ready": is_ready,
        "parts": {name: asdict(one) for name, one in states.items()},
        "self_check": _self_check(gate) if gate else None,
        # Without the reason, in which the system's own words may be.
        "lanes": [{"lane": one.lane, "step": one.step} for one in _lanes(answers)],
    }
    return JsonResponse(body, status=200 if is_ready else 503)


def _lanes(answers: dict[str, Answer]) -> list[Probe]:
    """Return the lanes in use; none if they are not known at the moment."""
    if dispatcher().serves_sandboxes:
        return dispatcher().lanes()
    return _workers_lanes if _result(answers["workers"]) else []


def _self_check(state: GateState) -> dict[str, Any]:
    return asdict(state) | {
        moment: datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else None
        for moment, at in (
            ("since", state.since),
            ("checked", state.checked),
            ("passed", state.passed),
        )
    }


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """Answer that the process lives; check nothing else."""
    return JsonResponse({"live": True})


class Probes:
    """Middleware that answers health checks and metrics before other middleware needs a host name
    (monitors use an address), a session, or the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in PROBES:
            return self._get_response(request)
        match = request.resolver_match = resolve(request.path_info)
        answer: HttpResponseBase = match.func(request)
        return answer
