"""Compare the simulation of the queue with a real site on this machine."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from ...benchmark.report import table
from ..trial import Trial, cases, measure_machine, try_out


class Command(BaseCommand):
    help = "Sends the same programs at the same moments to a real service and to the simulation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--places", type=int, default=4, help="runs at the same time")
        parser.add_argument("--mean", type=float, default=1.0, help="seconds of a program, mean")
        parser.add_argument("--seconds", type=float, default=40, help="of arrivals")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--samples", type=int, default=15, help="single runs, warm and cold")
        parser.add_argument("--cold-seconds", type=float, default=8, help="of cold runs")
        parser.add_argument(
            "--cases", default="1,2,3", help="1 many runs, 2 twice too many, 3 bursts"
        )
        parser.add_argument("--json", type=Path, help="write the results there")

    def handle(self, *args: str, **options: Any) -> None:
        machine = measure_machine(samples=options["samples"], seconds=options["cold_seconds"])
        self.stdout.write(
            f"{machine.processors} processors; a run that waits for nothing"
            f" {machine.run_seconds * 1000:.0f} ms; to start its sandbox"
            f" {machine.start_seconds * 1000:.0f} ms more; at most {machine.cold_per_second:.1f}"
            f" such runs a second;\n{options['places']} places, seed {options['seed']}"
        )
        wanted = cases(
            places=options["places"],
            mean_seconds=options["mean"],
            seconds=options["seconds"],
            seed=options["seed"],
        )
        numbers = {int(number) for number in options["cases"].split(",")}
        trials = [
            try_out(case, machine) for number, case in enumerate(wanted, 1) if number in numbers
        ]
        self.stdout.write(table(row for trial in trials for row in _rows(trial)))
        if options["json"]:
            found = {"machine": asdict(machine), "trials": [asdict(trial) for trial in trials]}
            options["json"].write_text(json.dumps(found, indent=1) + "\n")


def _rows(trial: Trial) -> list[tuple[object, ...]]:
    """Return a measured row above a simulated one; waits in milliseconds."""
    names = ("answered", "refused", "a second", "warm %", "wait: mean", "p50", "p95", "longest")
    rows: list[tuple[object, ...]] = [(trial.case, *names)]
    for label, found in (("  measured", trial.measured), ("  simulated", trial.simulated)):
        waits = (found.mean, found.p50, found.p95, found.longest)
        rows.append(
            (
                label,
                found.answered,
                found.refused,
                f"{found.per_second:.2f}",
                f"{found.warm:.0%}".rstrip("%"),
                *(f"{wait * 1000:.0f}" for wait in waits),
            )
        )
    return rows
