"""Whether the service is well, for anybody who asks: load balancers above all.

Each part is asked by a thread of its own, at most once a second however many ask, and waited for no
longer than two: neither a part that hangs nor a crowd that asks can stop the answer.
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

from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import resolve
from django.views.decorators.cache import never_cache

from executor import GateState, ping_engine, pool_state

from ..dispatch.dispatcher import dispatcher, dispatcher_class

PATIENCE_SECONDS = 2.0
FRESH_SECONDS = 1.0
"""How long an answer is used."""
PROBES = {"/healthz", "/healthz/live", "/healthz/ready", "/metrics"}


Answer = Future[GateState | None]


@dataclass(frozen=True, slots=True)
class Found:
    """Fit to be shown to anybody: no address, no error of others'."""

    ok: bool
    detail: str = ""


class Part:
    """Something that the service needs. `ask` raises if it is not well, may answer with the gate of who
    runs code, and may take its time."""

    def __init__(self, name: str, ask: Callable[[], GateState | None]) -> None:
        self._name = name
        self._ask = ask
        self._lock = threading.Lock()
        self._asked: SimpleQueue[Answer] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._latest: Answer = Future()
        self._fresh_until = 0.0

    def begin(self) -> Answer:
        """The latest answer, or the one that is under way."""
        with self._lock:
            if self._thread is None:
                # Daemon: a part that hangs is not to keep the process from ending.
                name = f"health-{self._name}"
                self._thread = threading.Thread(target=self._keep, name=name, daemon=True)
                self._thread.start()
                self._latest.set_result(None)
            if self._latest.done() and monotonic() >= self._fresh_until:
                self._latest = Future()
                self._fresh_until = monotonic() + FRESH_SECONDS
                self._asked.put(self._latest)
            return self._latest

    def _keep(self) -> None:
        while True:
            answer = self._asked.get()
            try:
                answer.set_result(self._ask())
            except Exception as error:  # whatever it is, the part is not well
                answer.set_exception(error)


def _database() -> None:
    """On a connection of its own, which shows that one can still be opened."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _counters() -> None:
    """Where rates are counted. Without it nobody may submit anything."""
    try:
        caches["counters"].get("health")
    finally:
        connection.close()


def _workers() -> GateState:
    try:
        return dispatcher().gate_state()
    finally:
        connection.close()


@cache
def parts() -> dict[str, Part]:
    """Those that have to be asked, by name."""
    asked: dict[str, Callable[[], GateState | None]]
    asked = {"database": _database, "counters": _counters}
    if dispatcher_class().serves_sandboxes:
        asked["engine"] = ping_engine
    else:
        asked["workers"] = _workers
    return {name: Part(name, ask) for name, ask in asked.items()}


def ask(parts: dict[str, Part]) -> dict[str, Answer]:
    """All of them at once; returns when they have answered, or will not in time."""
    answers = {name: part.begin() for name, part in parts.items()}
    wait(answers.values(), timeout=PATIENCE_SECONDS)
    return answers


def found(answer: Answer) -> Found:
    if not answer.done():
        return Found(ok=False, detail="no answer in time")
    if answer.exception():  # its words are the log's, or nobody's
        return Found(ok=False, detail="out of order")
    gate = answer.result()
    return found_at(gate) if gate else Found(ok=True)


def _result(answer: Answer) -> GateState | None:
    return answer.result() if answer.done() and not answer.exception() else None


def found_at(gate: GateState) -> Found:
    return Found(ok=gate.is_open, detail=gate.reason)


def pool() -> Found:
    """Always well enough: where none is ready, runs start cold."""
    state = pool_state()
    lacking = [slug for slug, target in state.target.items() if target and not state.ready[slug]]
    return Found(ok=True, detail=f"none ready: {', '.join(lacking)}" if lacking else "")


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 if runs are accepted, 503 if not."""
    answers = ask(parts())
    told = {name: found(answer) for name, answer in answers.items()}
    gate: GateState | None
    if dispatcher().serves_sandboxes:
        gate = dispatcher().gate_state()
        told |= {"pool": pool(), "self_check": found_at(gate)}
    else:
        is_there = bool(dispatcher().reaches_broker())
        told["broker"] = Found(ok=is_there, detail="" if is_there else "no connection")
        gate = _result(answers["workers"])
    is_ready = all(one.ok for one in told.values())
    body = {
        "live": True,
        "ready": is_ready,
        "parts": {name: asdict(one) for name, one in told.items()},
        "self_check": _self_check(gate) if gate else None,
    }
    return JsonResponse(body, status=200 if is_ready else 503)


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
    """That there is an answer says that the process lives. It asks nothing of anybody."""
    return JsonResponse({"live": True})


class Probes:
    """Middleware: answers those who watch the service before anything asks for a host name (they come
    by address), a session, or the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in PROBES:
            return self._get_response(request)
        match = request.resolver_match = resolve(request.path_info)
        answer: HttpResponseBase = match.func(request)
        return answer
