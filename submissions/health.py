"""Whether the service is well, for anybody who asks: load balancers above all.

Each part is asked by a thread of its own, at most once a second however many ask, and waited for no
longer than two: neither a part that hangs nor a crowd that asks can stop the answer.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from queue import SimpleQueue
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import resolve
from django.views.decorators.cache import never_cache

from executor import gate_state, ping_engine, pool_state

PATIENCE_SECONDS = 2.0
FRESH_SECONDS = 1.0
"""What was found is told for so long."""
PROBES = {"/healthz", "/healthz/live", "/healthz/ready", "/metrics"}


@dataclass(frozen=True, slots=True)
class Found:
    """Fit to be shown to anybody: no address, no error of others'."""

    ok: bool
    detail: str = ""


class Part:
    """Something that the service needs. `ask` raises if it is not well, and may take its time."""

    def __init__(self, name: str, ask: Callable[[], object]) -> None:
        self._name = name
        self._ask = ask
        self._lock = threading.Lock()
        self._asked: SimpleQueue[Future[object]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._latest: Future[object] = Future()
        self._fresh_until = 0.0

    def begin(self) -> Future[object]:
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
                self._ask()
            except Exception as error:  # whatever it is, the part is not well
                answer.set_exception(error)
            else:
                answer.set_result(None)


def _database() -> None:
    """On a connection of its own: one that can still be had."""
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


@cache
def parts() -> dict[str, Part]:
    """Those that have to be asked, by name."""
    asked: dict[str, Callable[[], object]] = {"database": _database, "counters": _counters}
    if settings.EXECUTOR_DISPATCH == "inline":
        asked["engine"] = ping_engine
    return {name: Part(name, ask) for name, ask in asked.items()}


def ask(parts: dict[str, Part]) -> dict[str, Found]:
    """All of them at once."""
    deadline = monotonic() + PATIENCE_SECONDS
    answers = {name: part.begin() for name, part in parts.items()}
    return {name: _found(answer, deadline) for name, answer in answers.items()}


def _found(answer: Future[object], deadline: float) -> Found:
    try:
        answer.result(timeout=max(0.0, deadline - monotonic()))
    except TimeoutError:
        return Found(ok=False, detail="no answer in time")
    except Exception:  # its words are the log's, or nobody's
        return Found(ok=False, detail="out of order")
    return Found(ok=True)


def sandboxes() -> dict[str, Found]:
    """Those of a process that runs code. An empty pool is slow, not out of order: runs start cold."""
    gate, pool = gate_state(), pool_state()
    lacks = [slug for slug, target in pool.target.items() if target and not pool.ready[slug]]
    waits = f"none ready: {', '.join(lacks)}" if lacks else ""
    return {
        "pool": Found(ok=True, detail=waits),
        "self_check": Found(ok=gate.is_open, detail=gate.reason),
    }


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 if runs are accepted, 503 if not."""
    found = ask(parts()) | sandboxes()
    is_ready = all(one.ok for one in found.values())
    body = {
        "live": True,
        "ready": is_ready,
        "parts": {name: asdict(one) for name, one in found.items()},
        "self_check": _self_check(),
    }
    return JsonResponse(body, status=200 if is_ready else 503)


def _self_check() -> dict[str, Any]:
    state = gate_state()
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
