"""Measure the cost of a run on this machine; write it to a file for `plan`."""

import json
import os
import platform
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from executor.conf import config
from executor.pool.pool import Pool
from executor.sandbox import engine

from ...benchmark.contenders import PROGRAMS
from ...site import service
from ..costs import measure_cost
from ..databases import Postgresql, Sqlite
from ..disturbance import measure_disturbance
from ..resting import rest
from ..spending import memory_of
from ..storage import measure_storage
from ..tables import tables

GENEROUS = {
    "EXECUTOR_MAX_RUNS": "16",
    "EXECUTOR_MAX_WAITING": "64",
    "EXECUTOR_QUEUE_SECONDS": "60",
    "AUDIT_SEAL_SECONDS": "86400",  # sealing is measured separately
}


class Command(BaseCommand):
    help = "Processor time by who uses it, memory, the database's part, and the self-check's."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="JSON; what is in it and not measured, stays")
        parser.add_argument("--parts", default="runs,storage,self_check")
        parser.add_argument("--languages", default=",".join(PROGRAMS), help="comma-separated")
        parser.add_argument("--single-runs", type=int, default=20, help="each after a pause")
        parser.add_argument("--warm-up-seconds", type=float, default=3)
        parser.add_argument("--seconds", type=float, default=15, help="of runs of each language")
        parser.add_argument("--concurrency", type=int, default=4)
        parser.add_argument("--rounds", type=int, default=100, help="of each half of self_check")
        parser.add_argument("--runs", type=int, default=100, help="whose writing is counted")
        parser.add_argument("--rows", type=int, default=10_000, help="that are added to the table")
        parser.add_argument("--postgresql", metavar="URL", help="an empty database to measure too")

    def handle(self, *args: str, **options: Any) -> None:
        path: Path = options["file"]
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        for part in filter(None, options["parts"].split(",")):
            name, measure = PARTS[part]
            found |= {"machine": _machine(), name: measure(options)}
            path.write_text(json.dumps(_rounded(found), indent=1) + "\n")
        self.stdout.write(tables(found))


def _machine() -> dict[str, Any]:
    information = engine.information()
    return {
        "processors": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "engine": information["ServerVersion"],
        "cgroup": information.get("CgroupVersion"),
        "runtime": config().runtime,
    }


def _runs(options: dict[str, Any]) -> dict[str, Any]:
    # The deployment's own instance: if this is killed, the next process removes the sandboxes.
    pool = Pool(replace(config(), pool_size=1))
    found = {}
    try:
        for language in options["languages"].split(","):
            with service(**GENEROUS) as served:
                cost = measure_cost(
                    language,
                    served,
                    pool,
                    concurrency=options["concurrency"],
                    seconds=options["seconds"],
                    single_runs=options["single_runs"],
                    warm_up_seconds=options["warm_up_seconds"],
                )
                memory = memory_of(served.process.pid)
            found[language] = asdict(cost) | {"server_bytes": memory}
    finally:
        pool.close()
    return found


def _storage(options: dict[str, Any]) -> dict[str, Any]:
    size = {"runs": options["runs"], "rows": options["rows"]}
    with service(**GENEROUS) as served:
        rest(served)
        found = {"sqlite": asdict(measure_storage(served, Sqlite(served), **size))}
    if url := options["postgresql"]:
        with service(**GENEROUS, DATABASE_URL=url) as served:
            rest(served)
            found["postgresql"] = asdict(measure_storage(served, Postgresql(url), **size))
    return found


def _self_check(options: dict[str, Any]) -> dict[str, Any]:
    period = config().self_check_seconds or 600
    return asdict(measure_disturbance(rounds=options["rounds"], period_seconds=period))


PARTS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "runs": ("languages", _runs),
    "storage": ("storage", _storage),
    "self_check": ("self_check", _self_check),
}
"""Each part of --parts: its name in the file, and its function."""


def _rounded(value: Any) -> Any:
    """Round floats to four digits: more than the accuracy of the measurements."""
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value
