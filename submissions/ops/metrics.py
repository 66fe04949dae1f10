"""Metrics for Prometheus: counters of events, and state that is read at each scrape.

Each process has one registry of counters. Labels are never a value that a client can invent, so their
number is bounded.
"""

import hmac
import platform
from collections.abc import Iterable
from typing import Any

import django
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Info,
    ProcessCollector,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from executor import Check, gate_state, offered, pool_state

from ..dispatch import registry
from ..dispatch.dispatcher import dispatcher
from ..lifecycle.models import Status, Submission
from ..telemetry.counters import COUNTED

PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Real-IP")
LOOPBACK = {"127.0.0.1", "::1"}

ProcessCollector(registry=COUNTED)
Info("sce_build", "Versions of the service, Django and Python.", registry=COUNTED).info(
    {
        "version": str(settings.SPECTACULAR_SETTINGS["VERSION"]),
        "django": django.get_version(),
        "python": platform.python_version(),
    }
)


class SandboxState(Collector):
    """Metrics of a process that runs code: its pool and its gate."""

    def collect(self) -> Iterable[Metric]:
        yield from _pool()
        state = gate_state()
        yield GaugeMetricFamily(
            "sce_gate_open", "Whether runs are allowed: 1 or 0.", int(state.is_open)
        )
        checks = GaugeMetricFamily(
            "sce_self_check", "1 for the state of the self-check.", labels=["check"]
        )
        for check in Check:
            checks.add_metric([check], int(state.check is check))
        yield checks
        yield GaugeMetricFamily(
            "sce_self_check_passed_timestamp_seconds",
            "When a self-check last passed; 0 if none has.",
            state.passed or 0,
        )


def _pool() -> Iterable[Metric]:
    state = pool_state()
    idle = GaugeMetricFamily(
        "sce_pool_sandboxes",
        "Idle sandboxes, their target, and idle slots.",
        labels=["language", "what"],
    )
    for language in offered():
        idle.add_metric([language, "ready"], state.ready.get(language, 0))
        idle.add_metric([language, "target"], state.target.get(language, 0))
        idle.add_metric([language, "slots"], state.slots.get(language, 0))
    yield idle
    yield GaugeMetricFamily("sce_pool_busy", "Sandboxes in which a program runs.", state.busy)
    yield GaugeMetricFamily("sce_pool_waiting", "Callers waiting for a sandbox.", state.waiting)
    served = CounterMetricFamily(
        "sce_pool_served", "Sandboxes acquired, warm and cold.", labels=["kind"]
    )
    served.add_metric(["warm"], state.served_warm)
    served.add_metric(["cold"], state.served_cold)
    yield served
    for name, meaning, value in (
        ("again", "Runs in a slot that had served their user before.", state.served_again),
        ("created", "Sandboxes made.", state.created),
        ("destroyed", "Sandboxes destroyed.", state.destroyed),
        ("failures", "Sandboxes that could not be made, or were found dead.", state.failures),
    ):
        yield CounterMetricFamily(f"sce_pool_{name}", meaning, value=value)


class DatabaseState(Collector):
    """Metrics of the shared database: the same from each process, so take the maximum of them."""

    def collect(self) -> Iterable[Metric]:
        try:
            found = [*_queue(), _unsealed(), *_workers()]
        except (DatabaseError, InterfaceError):
            found = []
        yield from found
        yield GaugeMetricFamily(
            "sce_database_up", "Whether the database answers: 1 or 0.", int(bool(found))
        )


def _queue() -> Iterable[Metric]:
    length = GaugeMetricFamily("sce_queue_length", "Submissions queued.", labels=["language"])
    oldest = GaugeMetricFamily(
        "sce_queue_oldest_seconds",
        "The age of the oldest; 0 if there is none.",
        labels=["language"],
    )
    queued = Submission.objects.filter(status=Status.QUEUED)
    rows = queued.values("language").annotate(count=Count("pk"), first=Min("created")).order_by()
    found: dict[str, Any] = {row["language"]: row for row in rows}
    now = timezone.now()
    for language in {**offered(), **found}:
        row = found.get(language)
        length.add_metric([language], row["count"] if row else 0)
        oldest.add_metric([language], (now - row["first"]).total_seconds() if row else 0)
    return length, oldest


def _unsealed() -> Metric:
    return GaugeMetricFamily(
        "sce_audit_unsealed",
        "Finished submissions that the audit has not sealed.",
        Submission.objects.seal_pending().count(),
    )


def _workers() -> Iterable[Metric]:
    if dispatcher().serves_sandboxes:
        return
    workers = GaugeMetricFamily(
        "sce_workers", "Workers with a heartbeat within a lease, by their gate.", labels=["gate"]
    )
    are_open = [state.gate.is_open for state in registry.present()]
    workers.add_metric(["open"], are_open.count(True))
    workers.add_metric(["closed"], are_open.count(False))
    yield workers


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with all metrics of a web process, in Prometheus' text format; 404 without permission."""
    if not _may_read(request):
        return HttpResponse(status=404)
    now = CollectorRegistry()
    now.register(DatabaseState())
    if dispatcher().serves_sandboxes:
        now.register(SandboxState())
    return HttpResponse(
        generate_latest(COUNTED) + generate_latest(now), content_type=CONTENT_TYPE_LATEST
    )


def _may_read(request: HttpRequest) -> bool:
    """Require METRICS_TOKEN; if it is not set, a request from this machine and not through a proxy."""
    if settings.METRICS_TOKEN:
        shown = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(shown, f"Bearer {settings.METRICS_TOKEN}".encode())
    is_local = request.META.get("REMOTE_ADDR") in LOOPBACK
    proxied = settings.TRUSTED_PROXIES or any(name in request.headers for name in PROXY_HEADERS)
    return is_local and not proxied


def serve(bind: str) -> None:
    """Serve the metrics of a process without web pages at host:port, to anyone who reaches it. Returns at
    once. Does nothing if `bind` is empty."""
    if not bind:
        return
    host, _, port = bind.rpartition(":")
    COUNTED.register(SandboxState())
    start_http_server(int(port), host.strip("[]"), registry=COUNTED)
