"""Compare the speed of a sandboxed run with its alternatives, all measured in the same minutes."""

import json
import os
from argparse import ArgumentParser
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from executor.conf import config
from executor.languages import LANGUAGES
from executor.pool.pool import Pool
from executor.sandbox import engine

from ..site import Service, service
from .contenders import BARE, CLI, COLD, HTTP, PROGRAMS, contenders
from .measure import Work, latencies, summary, throughput
from .report import picture, table

SETTLE_SECONDS = 0.4
WAITING = 2


class Command(BaseCommand):
    help = "Interleaved: bare interpreter, docker run, docker-py, this engine, this service."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=40, help="runs of each, one at a time")
        parser.add_argument("--seconds", type=float, default=8, help="of each throughput figure")
        parser.add_argument("--concurrency", default="1,2,4,8,16", help="comma-separated")
        parser.add_argument("--languages", default=",".join(PROGRAMS), help="comma-separated")
        parser.add_argument("--json", type=Path, help="write the results there")
        parser.add_argument("--svg", type=Path, help="draw the latencies there")

    def handle(self, *args: str, **options: Any) -> None:
        # The deployment's own instance: if this is killed, the next process removes the sandboxes.
        pool = Pool(replace(config(), pool_size=WAITING))
        pool.start()
        results: dict[str, Any] = {"processors": os.cpu_count(), "languages": {}}
        generous = {
            "EXECUTOR_POOL_SIZE": str(WAITING),
            "EXECUTOR_MAX_RUNS": "32",
            "EXECUTOR_MAX_WAITING": "64",
            "EXECUTOR_QUEUE_SECONDS": "60",
        }
        try:
            with service(**generous) as served:
                for language in options["languages"].split(","):
                    results["languages"][language] = self._measure(language, pool, served, options)
        finally:
            pool.close()
        self._tell(results)
        if options["json"]:
            options["json"].write_text(json.dumps(results, indent=1) + "\n")
        if options["svg"]:
            options["svg"].write_text(picture(results))

    def _measure(
        self, language: str, pool: Pool, served: Service, options: dict[str, Any]
    ) -> dict[str, Any]:
        with contenders(language, pool, served) as ways:
            return {
                "latency_ms": self._latency(language, ways, options["rounds"]),
                "throughput": self._throughput(language, ways, options),
                "memory_of_a_waiting_sandbox_bytes": _memory(pool, language),
            }

    def _latency(self, language: str, ways: dict[str, Work], rounds: int) -> dict[str, Any]:
        times: dict[str, list[float]] = defaultdict(list)
        for count, (name, ms) in enumerate(
            latencies(ways, rounds=rounds, settle_seconds=SETTLE_SECONDS), 1
        ):
            times[name].append(ms)
            self._progress(f"{language}: latency", count, rounds * len(ways))
        return {name: asdict(summary(ms)) for name, ms in times.items()}

    def _throughput(
        self, language: str, ways: dict[str, Work], options: dict[str, Any]
    ) -> dict[str, Any]:
        levels = [int(level) for level in options["concurrency"].split(",")]
        names = [name for name in (BARE, CLI, COLD, HTTP) if name in ways]
        found: dict[str, list[Any]] = {name: [] for name in names}
        for number, level in enumerate(levels):
            for place, name in enumerate(names):
                figure = throughput(ways[name], concurrency=level, seconds=options["seconds"])
                found[name].append(asdict(figure))
                done = number * len(names) + place + 1
                self._progress(f"{language}: throughput", done, len(levels) * len(names))
        return found

    def _progress(self, what: str, done: int, total: int) -> None:
        if self.stderr.isatty():
            filled = 30 * done // total
            ending = "\n" if done == total else ""
            bar = f"\r{what:24} [{'#' * filled}{'.' * (30 - filled)}] {done}/{total}"
            self.stderr.write(bar, ending=ending)

    def _tell(self, results: dict[str, Any]) -> None:
        for language, found in results["languages"].items():
            self.stdout.write(f"\n{language}, one run at a time (ms; ratios of the medians)")
            self.stdout.write(table(_latency_rows(found["latency_ms"])))
            self.stdout.write(f"\n{language}, at most (runs/s; CPU ms per run, whole machine)")
            self.stdout.write(table(_throughput_rows(found["throughput"])))
            memory = found["memory_of_a_waiting_sandbox_bytes"] / 2**20
            self.stdout.write(f"\n{language}, a waiting sandbox: {memory:.1f} MiB")


def _memory(pool: Pool, language: str) -> float:
    """Return the bytes of one idle sandbox by its cgroup, without page cache that can be dropped."""
    with pool.sandbox(LANGUAGES[language], config().limits, read_only=True) as lease:
        return engine.memory_bytes(lease.sandbox.container_id)


def _latency_rows(latency: dict[str, Any]) -> list[tuple[object, ...]]:
    bare, cli = (latency.get(name, {}).get("p50") for name in (BARE, CLI))
    rows: list[tuple[object, ...]] = [("", "p50", "p95", "p99", "/ bare", "docker run /")]
    for name, row in latency.items():
        p50 = row["p50"]
        ratio = f"{p50 / bare:.2f}" if bare else None
        rows.append((name, p50, row["p95"], row["p99"], ratio, f"{cli / p50:.1f}"))
    return rows


def _throughput_rows(found: dict[str, Any]) -> list[tuple[object, ...]]:
    levels = [row["concurrency"] for row in next(iter(found.values()))]
    rows: list[tuple[object, ...]] = [("at once", *levels, "best / docker run", "CPU ms")]
    best = {name: max(row["runs_per_second"] for row in rows_) for name, rows_ in found.items()}
    for name, figures in found.items():
        speeds = [row["runs_per_second"] for row in figures]
        cpu = min(row["cpu_ms_per_run"] for row in figures)
        rows.append((name, *speeds, f"{best[name] / best[CLI]:.2f}", cpu))
    return rows
