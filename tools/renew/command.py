"""Measure what docs/performance.md and docs/scaling.md quote, and write it into them."""

import json
import os
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from ..benchmark import command as benchmark
from ..benchmark.report import in_words, markdown
from ..capacity.commands import measure, plan, simulate
from ..capacity.tables import tables
from .documents import fenced, renewed

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPEED, PICTURE, COSTS = DOCS / "benchmark.json", DOCS / "latency.svg", DOCS / "capacity.json"
DOCUMENTS = (DOCS / "performance.md", DOCS / "scaling.md")
SHORT: dict[str, Any] = {
    "single_runs": 8,
    "warm_up_seconds": 1.0,
    "seconds": 6.0,
    "rounds": 30,
    "runs": 30,
    "rows": 5_000,
}
"""Sizes of `tools.capacity measure`. Its own defaults are the full ones."""


class Command(BaseCommand):
    help = (
        "Measures speed and costs, and renews the tables of docs/performance.md and docs/scaling.md."
        " Let nothing else run meanwhile. Takes about seven minutes; with --full three quarters of an"
        " hour."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--full", action="store_true", help="more of each, for better figures")
        parser.add_argument("--nsjail", help="its executable, if it is not in the PATH")
        parser.add_argument("--postgresql", metavar="URL", help="an empty database to measure too")
        parser.add_argument(
            "--documents", action="store_true", help="measure nothing; write what the records hold"
        )

    def handle(self, *args: str, **options: Any) -> None:
        if not options["documents"]:
            self._measure(options)
        found = documents()
        for path, text in found.items():
            path.write_text(text)
            self.stdout.write(f"renewed {path.relative_to(DOCS.parent)}")

    def _measure(self, options: dict[str, Any]) -> None:
        load = os.getloadavg()[0]
        jail = {"nsjail": options["nsjail"]} if options["nsjail"] else {}
        speed = {"json": SPEED, "svg": PICTURE, "full": options["full"], "load": load, **jail}
        call_command(benchmark.Command(), stdout=self.stdout, **speed)
        size = {} if options["full"] else SHORT
        given = {"postgresql": options["postgresql"], "load": load}
        call_command(measure.Command(), COSTS, stdout=self.stdout, **size, **given)


def documents() -> dict[Path, str]:
    """Return the documents with the tables that the records give."""
    costs, planned = json.loads(COSTS.read_text()), _printed(plan.Command()).split("\n\n")
    found = {
        "speed": markdown(json.loads(SPEED.read_text())),
        "costs": f"{fenced(tables(costs))}\n\n{in_words(costs['machine'])}",
        "plan": fenced(planned[0]),
        "ceilings": fenced(planned[1]),
        "simulation": fenced(_printed(simulate.Command())),
    }
    return {path: renewed(path.read_text(), found) for path in DOCUMENTS}


def _printed(command: BaseCommand) -> str:
    out = StringIO()
    call_command(command, stdout=out, no_color=True)
    return out.getvalue().strip()
