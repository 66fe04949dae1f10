"""Simulate waits, to try a number of places before it is deployed."""

from argparse import ArgumentParser
from random import Random
from statistics import mean, stdev
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...benchmark.report import table
from ..simulation.arrivals import Arrival, burst, exponential, poisson
from ..simulation.orders import Fair, FirstCome, Order
from ..simulation.shelf import Sandboxes
from ..simulation.simulation import Deployment, Fate, simulate
from ..simulation.summary import summary_of
from ..simulation.theory import mean_wait

STRETCHES = 20
PRESSES, PRESS_SECONDS = 5, 30
SLOT_RUNS, FLOOR, MEMORY_BYTES = 1000, 2, 512 * 2**20
"""The defaults of EXECUTOR_SLOT_RUNS, EXECUTOR_POOL_SIZE and EXECUTOR_POOL_MEMORY_BYTES."""
LEAST = 1000


class Command(BaseCommand):
    help = (
        "Programs that come at random, to some places; one user's program behind another's; and a class"
        " that presses Run together, with a container for each run and with slots."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--places", type=int, default=4)
        parser.add_argument("--rate", type=float, default=3.0, help="programs a second")
        parser.add_argument("--mean", type=float, default=1.0, help="seconds of one, mean")
        parser.add_argument("--room", type=float, default=16, help="may wait for a place")
        parser.add_argument("--patience", type=float, default=2.0, help="longest wait, seconds")
        parser.add_argument("--count", type=int, default=20_000, help="programs")
        parser.add_argument("--crowd", type=int, default=100, help="programs of the other user")
        parser.add_argument("--per-user", type=int, default=4, help="of a user, at once")
        parser.add_argument("--class-size", type=int, default=30, help="users who press together")
        parser.add_argument("--class-places", type=int, default=6)
        parser.add_argument("--processors", type=int, default=2)
        parser.add_argument("--run-ms", type=float, default=20, help="processor time of a run")
        parser.add_argument("--start-ms", type=float, default=100, help="of a container's start")
        parser.add_argument("--remove-ms", type=float, default=50, help="of its removal")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: str, **options: Any) -> None:
        if options["places"] < 1 or min(options["rate"], options["mean"]) <= 0:
            raise CommandError("there must be a place, and something to come")
        if options["count"] < LEAST:
            raise CommandError(f"--count: at least {LEAST}; with fewer, chance decides")
        self._at_random(options)
        self._behind_a_crowd(options)
        self._class(options)

    def _at_random(self, options: dict[str, Any]) -> None:
        draw = exponential(options["mean"])
        arrivals = list(
            poisson(
                Random(options["seed"]),  # noqa: S311 - no secret
                per_second=options["rate"],
                draw=draw,
                count=options["count"],
            )
        )
        bounded = Deployment(
            places=options["places"], room=options["room"], patience=options["patience"]
        )
        met = summary_of(simulate(arrivals, bounded))
        offered = options["rate"] * options["mean"]
        self.stdout.write(
            f"{options['rate']:g} programs a second of {options['mean']:g} s for"
            f" {options['places']} places, {offered / options['places']:.0%} of what they can:\n"
            f"refused {met.refused / options['count']:.2%}; of the others, seconds of wait:"
            f" mean {met.mean:.3f}, p50 {met.p50:.3f}, p95 {met.p95:.3f},"
            f" longest {met.longest:.3f}"
        )
        if offered < options["places"]:
            found = simulate(arrivals, Deployment(places=options["places"]))
            middle, error = _mean_and_error([fate.waited for fate in found])
            expected = mean_wait(options["places"], offered, options["mean"])
            self.stdout.write(
                f"if all waited as long as it takes: mean {middle:.3f} (give or take {error:.3f}),"
                f" by Erlang's formula {expected:.3f}"
            )

    def _behind_a_crowd(self, options: dict[str, Any]) -> None:
        draw = exponential(options["mean"])
        random = Random(options["seed"])  # noqa: S311 - no secret
        crowd = list(burst(random, at=0.0, count=options["crowd"], draw=draw, user="crowd"))
        one = Arrival(at=min(0.5, options["mean"] / 2), seconds=options["mean"], user="one")
        orders: list[tuple[str, Order, float]] = [
            ("first come, first served", FirstCome(), float("inf")),
            ("in turns", Fair(), float("inf")),
            (f"in turns, {options['per_user']} of a user", Fair(), options["per_user"]),
        ]
        rows: list[tuple[object, ...]] = [("", "the one waits, s", "the crowd, mean", "longest")]
        for name, order, most in orders:
            deployment = Deployment(places=options["places"], per_user=most)
            fates = simulate([*crowd, one], deployment, order)
            rows.append((name, *_waits(fates)))
        self.stdout.write(f"\none program behind {options['crowd']} of another user\n{table(rows)}")

    def _class(self, options: dict[str, Any]) -> None:
        size = options["class_size"]
        arrivals = [
            Arrival(at=PRESS_SECONDS * press, seconds=0.0, user=f"user-{number}")
            for press in range(PRESSES)
            for number in range(size)
        ]
        head = ("", "first press: p50, s", "longest", "later: p50, s", "longest", "containers")
        rows: list[tuple[object, ...]] = [head]
        for name, runs in (("a container for each run", 1), ("slots", SLOT_RUNS)):
            sandboxes = Sandboxes(
                floor=FLOOR,
                memory_bytes=MEMORY_BYTES,
                start_work=options["start_ms"] / 1000,
                remove_work=options["remove_ms"] / 1000,
                slot_runs=runs,
            )
            deployment = Deployment(
                places=options["class_places"],
                sandboxes=sandboxes,
                processors=options["processors"],
                run_work=options["run_ms"] / 1000,
            )
            fates = simulate(arrivals, deployment)
            parts = (summary_of(fates[:size]), summary_of(fates[size:]))
            waits = (f"{wait:.2f}" for part in parts for wait in (part.p50, part.longest))
            rows.append((name, *waits, sum(fate.is_first for fate in fates)))
        self.stdout.write(
            f"\n{size} users press Run together {PRESSES} times, every {PRESS_SECONDS} s; on"
            f" {options['processors']} processors, {options['class_places']} places; a run takes"
            f" {options['run_ms']:g} ms, to start\nand remove its container"
            f" {options['start_ms']:g} + {options['remove_ms']:g} ms\n{table(rows)}"
        )


def _mean_and_error(waits: list[float]) -> tuple[float, float]:
    """Return the mean and twice its standard error.

    The error comes from the means of long stretches, because neighbouring waits are not independent.
    """
    length = max(1, len(waits) // STRETCHES)
    means = [mean(waits[start : start + length]) for start in range(0, len(waits), length)]
    return mean(waits), 2 * stdev(means) / len(means) ** 0.5


def _waits(fates: list[Fate]) -> tuple[str, ...]:
    crowd = [fate.waited for fate in fates if fate.arrival.user == "crowd"]
    (one,) = (fate.waited for fate in fates if fate.arrival.user == "one")
    return tuple(f"{seconds:.2f}" for seconds in (one, mean(crowd), max(crowd)))
