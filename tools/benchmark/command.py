"""Compare the speed of a sandboxed run with its alternatives, all measured in the same minutes."""

import json
import shutil
from argparse import ArgumentParser
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from executor.conf import config
from executor.languages import LANGUAGES

from ..machine import machine, rounded
from ..site import Service
from .commands import output_of
from .contenders import PROGRAMS, Contender, contenders, sites
from .load import Load, load, middle, warm_up
from .measure import latencies, summary
from .report import markdown, picture

SETTLE_SECONDS = 0.3
SHORT = {"rounds": 8, "seconds": 2.0, "passes": 1, "concurrency": "1,4"}
FULL = {"rounds": 40, "seconds": 5.0, "passes": 3, "concurrency": "1,2,4,8"}


class Command(BaseCommand):
    help = (
        "Interleaved: bare interpreter, docker run, nsjail, and this service with a container a run,"
        " with slots, and with slots that fork. Short takes about four minutes, full half an hour."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--full", action="store_true", help="more of each, for better figures")
        parser.add_argument("--rounds", type=int, help="runs of each, one at a time")
        parser.add_argument("--seconds", type=float, help="of each throughput figure")
        parser.add_argument("--passes", type=int, help="throughput figures; the median counts")
        parser.add_argument("--concurrency", help="comma-separated")
        parser.add_argument("--users", type=int, default=30, help="who take turns")
        parser.add_argument("--languages", default=",".join(PROGRAMS), help="comma-separated")
        parser.add_argument("--nsjail", default=shutil.which("nsjail"), help="its executable")
        parser.add_argument("--load", type=float, help="that the machine had before; default: now")
        parser.add_argument("--json", type=Path, help="write the results there")
        parser.add_argument("--svg", type=Path, help="draw the latencies there")

    def handle(self, *args: str, **options: Any) -> None:
        given = {name: options[name] for name in SHORT if options[name] is not None}
        size: dict[str, Any] = (FULL if options["full"] else SHORT) | given
        size["users"] = options["users"]
        results: dict[str, Any] = {
            "machine": machine(options["load"]),
            "size": size,
            "languages": {},
        }
        with sites(options["users"]) as served:
            for language in options["languages"].split(","):
                found = self._measure(language, served, options["nsjail"], size)
                results["languages"][language] = {"version": _version(language), "ways": found}
        results = rounded(results)
        self.stdout.write(markdown(results))
        if options["json"]:
            options["json"].write_text(json.dumps(results, indent=1) + "\n")
        if options["svg"]:
            options["svg"].write_text(picture(results))

    def _measure(
        self, language: str, served: dict[str, Service], nsjail: str | None, size: dict[str, Any]
    ) -> list[dict[str, Any]]:
        with contenders(language, served, nsjail) as ways:
            for way in ways:
                warm_up(way, at_once=2)
            times = self._latency(language, ways, size["rounds"])
            loads = self._throughput(language, ways, size)
            return [
                {
                    "name": way.name,
                    "users": way.users,
                    "latency_ms": asdict(summary(times[way])),
                    "throughput": [asdict(one) for one in loads[way]],
                }
                for way in ways
            ]

    def _latency(
        self, language: str, ways: list[Contender], rounds: int
    ) -> dict[Contender, list[float]]:
        times: dict[Contender, list[float]] = defaultdict(list)
        works = {way: way.work for way in ways}
        measured = latencies(works, rounds=rounds, settle_seconds=SETTLE_SECONDS)
        for count, (way, ms) in enumerate(measured, 1):
            times[way].append(ms)
            self._progress(f"{language}: latency", count, rounds * len(ways))
        return times

    def _throughput(
        self, language: str, ways: list[Contender], size: dict[str, Any]
    ) -> dict[Contender, list[Load]]:
        levels = [int(level) for level in size["concurrency"].split(",")]
        turns = [(way, level) for _ in range(size["passes"]) for level in levels for way in ways]
        found: dict[tuple[Contender, int], list[Load]] = defaultdict(list)
        for count, (way, level) in enumerate(turns, 1):
            found[way, level].append(load(way, concurrency=level, seconds=size["seconds"]))
            self._progress(f"{language}: throughput", count, len(turns))
        return {way: [middle(found[way, level]) for level in levels] for way in ways}

    def _progress(self, what: str, done: int, total: int) -> None:
        if self.stderr.isatty():
            filled = 30 * done // total
            ending = "\n" if done == total else ""
            bar = f"\r{what:24} [{'#' * filled}{'.' * (30 - filled)}] {done}/{total}"
            self.stderr.write(bar, ending=ending)


def _version(language: str) -> str:
    """Return the interpreter's version in our image."""
    interpreter = LANGUAGES[language].command[0]
    image = f"{config().image_prefix}-{language}"
    printed = output_of("docker", "run", "--rm", "--entrypoint", interpreter, image, "--version")
    return printed.split()[-1].lstrip("v")
