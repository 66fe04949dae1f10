"""Measure the cost of a run on this machine; write it to a file for `plan`."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from executor.conf import config
from executor.pool.pool import Pool

from ...benchmark.contenders import CONTAINERS, PROGRAMS, SLOTS
from ...benchmark.resting import rest
from ...benchmark.spending import memory_of
from ...machine import machine, rounded
from ...site import service
from ..costs import Size, measure_cost, measure_cpu
from ..databases import Postgresql, Sqlite
from ..disturbance import measure_disturbance
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
        parser.add_argument("--parts", default=",".join(PARTS))
        parser.add_argument("--languages", default=",".join(PROGRAMS), help="comma-separated")
        parser.add_argument("--single-runs", type=int, default=20, help="each after a pause")
        parser.add_argument("--warm-up-seconds", type=float, default=3)
        parser.add_argument("--seconds", type=float, default=15, help="of runs of each language")
        parser.add_argument("--concurrency", type=int, default=4)
        parser.add_argument("--rounds", type=int, default=100, help="of each half of self_check")
        parser.add_argument("--runs", type=int, default=100, help="whose writing is counted")
        parser.add_argument("--rows", type=int, default=10_000, help="that are added to the table")
        parser.add_argument("--load", type=float, help="that the machine had before; default: now")
        parser.add_argument("--postgresql", metavar="URL", help="an empty database to measure too")

    def handle(self, *args: str, **options: Any) -> None:
        path: Path = options["file"]
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        found["machine"] = machine(options["load"])
        for part in filter(None, options["parts"].split(",")):
            name, measure = PARTS[part]
            found[name] = measure(options)
            path.write_text(json.dumps(rounded(found), indent=1) + "\n")
        self.stdout.write(tables(found))


def _runs(options: dict[str, Any]) -> dict[str, Any]:
    found, size = {}, _size(options)
    # The deployment's own instance: if this is killed, the next process removes the sandboxes.
    with closing(Pool(replace(config(), pool_size=1, isolation="container"))) as pool:
        for language in options["languages"].split(","):
            with service(**GENEROUS, **CONTAINERS) as served:
                cost = measure_cost(language, served, pool, size)
                memory = memory_of(served.process.pid)
            found[language] = asdict(cost) | {"server_bytes": memory}
    return found


def _slots(options: dict[str, Any]) -> dict[str, Any]:
    """Measure runs in slots that are there, and in a new slot each: the difference is a birth."""
    found, size = {}, _size(options)
    with closing(Pool(replace(config(), isolation="auto"))) as pool:
        pool.start()
        for language in options["languages"].split(","):
            with service(**GENEROUS, **SLOTS) as served:
                lane = served.run(PROGRAMS[language][0], language).json()["lane"]
                if lane != "slot":
                    raise CommandError("no slots on this machine: leave them out of --parts")
                cost = measure_cost(language, served, pool, size)
                memory = memory_of(served.process.pid)
            alone = CONTAINERS | {"EXECUTOR_ISOLATION": "auto", "EXECUTOR_SLOT_RUNS": "1"}
            with service(**GENEROUS, **alone) as served:
                whole = measure_cpu(language, served, size)
            birth = max(0.0, whole - sum(cost.cpu_ms.values()))
            found[language] = asdict(cost) | {"server_bytes": memory, "birth_cpu_ms": birth}
    return found


def _size(options: dict[str, Any]) -> Size:
    return Size(**{field.name: options[field.name] for field in fields(Size)})


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
    "slots": ("slots", _slots),
    "storage": ("storage", _storage),
    "self_check": ("self_check", _self_check),
}
"""Each part of --parts: its name in the file, and its function."""
