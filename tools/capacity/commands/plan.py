"""Plan for 100, 10,000 and 1,000,000 runs an hour with the costs that `measure` found."""

import json
from argparse import ArgumentParser
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from ...benchmark.report import table
from ..plan import Hosts, Workload, ceilings, measured, needs

MEASURED = Path(__file__).resolve().parents[3] / "docs" / "capacity.json"


class Command(BaseCommand):
    help = "A capacity plan, line by line; every assumption is an option."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--costs", type=Path, default=MEASURED, help="of `measure`")
        parser.add_argument("--rates", default="100,10000,1000000", help="runs an hour")
        for kind in (Workload, Hosts):
            for field in fields(kind):
                if field.name != "runs_per_hour":
                    name = f"--{field.name.replace('_', '-')}"
                    parser.add_argument(name, type=float, default=field.default)

    def handle(self, *args: str, **options: Any) -> None:
        workload = Workload(**_of(Workload, options))
        hosts = Hosts(**_of(Hosts, options))
        found = json.loads(options["costs"].read_text())
        lanes = ["container", "slot"] if "slots" in found else ["container"]
        rates = [float(rate) for rate in options["rates"].split(",")]
        columns: list[dict[str, float]] = []
        most: list[dict[str, float]] = []
        for lane in lanes:
            costs = measured(found, workload, lane=lane)
            columns += [
                dict(needs(costs, replace(workload, runs_per_hour=r), hosts)) for r in rates
            ]
            most.append(dict(ceilings(costs, workload, hosts)))
        rows: list[tuple[object, ...]] = [
            ("lane", *(lane for lane in lanes for _ in rates)),
            ("runs an hour", *(f"{rate:,.0f}" for rate in rates * len(lanes))),
        ]
        # The last column has the most lines.
        rows += [(line, *(_shown(column.get(line)) for column in columns)) for line in columns[-1]]
        self.stdout.write(table(rows))
        rows = [("one of each, full, carries runs an hour", *lanes)]
        rows += [(name, *(f"{each[name]:,.0f}" for each in most)) for name in most[0]]
        self.stdout.write("\n" + table(rows))


def _of(kind: type[Workload | Hosts], options: dict[str, Any]) -> dict[str, Any]:
    return {one.name: options[one.name] for one in fields(kind) if one.name in options}


def _shown(value: float | None) -> str | None:
    """Format a number with two digits: the accuracy of a plan."""
    if value is None:
        return None
    if isinstance(value, int) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2g}"
