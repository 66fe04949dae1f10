"""A comparison of the simulation with the real service: both get the same programs at the same times.

The simulation needs two numbers of the machine: the time of a run that waits for nothing, and the rate at
which sandboxes start. They are measured before, with other runs than the compared ones.
"""

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from random import Random

from executor.conf import config

from ..benchmark.measure import throughput
from ..benchmark.resting import rest
from ..site import Service, service
from .simulation.arrivals import Arrival, always, burst, exponential, poisson
from .simulation.shelf import Sandboxes
from .simulation.simulation import Deployment, simulate
from .simulation.summary import Summary, summary, summary_of

FLOOR = 2
"""Idle sandboxes of each language at the beginning of a trial."""
LANE = {"EXECUTOR_ISOLATION": "container"}
"""The lane that the simulation models."""
SLEEP = "import time; time.sleep({seconds:.4f})"
"""A program that needs a place and hardly a processor, so that places are the bottleneck."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """The numbers of a machine that the simulation needs."""

    processors: int
    run_seconds: float
    """Time of a minimal run over HTTP that waits for nothing."""
    start_seconds: float
    """Additional time of a cold start."""
    cold_per_second: float
    """The most cold runs in a second."""

    @property
    def remove_seconds(self) -> float:
        """Return the part of a cold run on busy processors that is neither its run nor its start."""
        all_in_all = self.processors / self.cold_per_second
        return max(0.0, all_in_all - self.run_seconds - self.start_seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """Arrivals and a number of places. `seconds` of an arrival is the sleep of its program."""

    name: str
    deployment: Deployment
    arrivals: Sequence[Arrival]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    case: str
    measured: Summary
    simulated: Summary


def cases(*, places: int, mean_seconds: float, seconds: float, seed: int) -> Iterator[Case]:
    """Return three cases that load different parts: the places, the refusals, the sandboxes."""
    random = Random(seed)  # noqa: S311 - no secret
    draw = exponential(mean_seconds)
    patient = Deployment(places=places, room=8 * places, patience=20 * mean_seconds)
    rate = 0.8 * places / mean_seconds
    yield Case(
        name="80 % of the places",
        deployment=patient,
        arrivals=list(poisson(random, per_second=rate, draw=draw, seconds=seconds)),
    )
    rate = 2 * places / mean_seconds
    yield Case(
        name="twice what there is",
        deployment=replace(patient, room=places, patience=mean_seconds),
        arrivals=list(poisson(random, per_second=rate, draw=draw, seconds=seconds / 2)),
    )
    gap = 2 * places
    yield Case(
        name=f"bursts of {4 * places}",
        deployment=patient,
        arrivals=[
            arrival
            for number in range(max(1, int(seconds / gap)))
            for arrival in burst(random, at=gap * number, count=4 * places, draw=always(0.05))
        ],
    )


def measure_machine(*, samples: int, seconds: float) -> Machine:
    """Measure a private site: single runs, warm and cold, then cold runs at full rate."""
    with service(EXECUTOR_POOL_SIZE=str(FLOOR), EXECUTOR_MAX_RUNS="8", **LANE) as served:
        rest(served)
        warm, cold = [], []
        for number in range(samples + 1):
            met = [_timed(served, read_only) for read_only in (True, False)]
            if number:  # the first round opens connections
                warm.append(met[0])
                cold.append(met[1])
        cold_runs = throughput(
            lambda: _check(served, read_only=False), concurrency=8, seconds=seconds
        )
    run_seconds = statistics.median(warm)
    return Machine(
        processors=os.cpu_count() or 1,
        run_seconds=run_seconds,
        start_seconds=max(0.0, statistics.median(cold) - run_seconds),
        cold_per_second=cold_runs.runs_per_second,
    )


def try_out(case: Case, machine: Machine) -> Trial:
    """Give the case to a private site and to the simulation."""
    with service(
        EXECUTOR_POOL_SIZE=str(FLOOR),
        EXECUTOR_MAX_RUNS=str(case.deployment.places),
        EXECUTOR_MAX_WAITING=str(case.deployment.room),
        EXECUTOR_QUEUE_SECONDS=str(case.deployment.patience),
        **LANE,
    ) as served:
        rest(served)
        _timed(served, True)
        rest(served)
        measured = _meet(served, case.arrivals, machine)
    return Trial(case=case.name, measured=measured, simulated=predict(case, machine))


def predict(case: Case, machine: Machine) -> Summary:
    sandboxes = Sandboxes(
        floor=FLOOR,
        memory_bytes=config().pool_memory_bytes,
        start_work=machine.start_seconds,
        remove_work=machine.remove_seconds,
    )
    deployment = replace(
        case.deployment,
        sandboxes=sandboxes,
        processors=machine.processors,
        run_work=machine.run_seconds,
    )
    return summary_of(simulate(case.arrivals, deployment))


def _meet(served: Service, arrivals: Sequence[Arrival], machine: Machine) -> Summary:
    """Send each arrival at its time, without waiting for earlier ones.

    A wait is the time from the planned sending to the answer, minus the program's own time.
    """
    waits: list[float] = []
    refused: list[int] = []
    warm_before = served.pool_state().served_warm
    start = time.monotonic()

    def send(arrival: Arrival) -> None:
        answer = served.run(SLEEP.format(seconds=arrival.seconds), "python")
        taken = time.monotonic() - start - arrival.at
        if answer.status_code == 200:
            waits.append(max(0.0, taken - arrival.seconds - machine.run_seconds))
        elif answer.status_code == 503:
            refused.append(answer.status_code)
        else:
            raise RuntimeError(f"the service answered {answer.status_code}: {answer.text}")

    with ThreadPoolExecutor(len(arrivals)) as clients:
        sent = []
        for arrival in arrivals:
            time.sleep(max(0.0, start + arrival.at - time.monotonic()))
            sent.append(clients.submit(send, arrival))
        for one in sent:
            one.result()
    seconds = time.monotonic() - start - arrivals[0].at
    warm = served.pool_state().served_warm - warm_before
    return summary(waits, refused=len(refused), warm=warm, seconds=seconds)


def _timed(served: Service, read_only: bool) -> float:
    """Return the seconds of a run, after a pause that lets the work of the last run end."""
    time.sleep(0.4)
    start = time.monotonic()
    _check(served, read_only=read_only)
    return time.monotonic() - start


def _check(served: Service, *, read_only: bool) -> None:
    answer = served.run(SLEEP.format(seconds=0), "python", read_only=read_only)
    answer.raise_for_status()
