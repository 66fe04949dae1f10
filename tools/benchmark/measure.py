"""Measure contenders in turn on one machine.

Machines are shared and their speed drifts. Times of one interleaved run therefore compare with each
other; single times do not."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Work = Callable[[], None]
Name = TypeVar("Name")

HERTZ = 100
"""Ticks a second in /proc/stat (USER_HZ, the same on all of Linux's architectures that matter here)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Latency:
    """Milliseconds from request to result of runs one at a time."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Throughput:
    """The runs of a machine at full load."""

    concurrency: int
    runs: int
    runs_per_second: float
    p50: float
    """Milliseconds from request to result."""


def latencies(
    contenders: Mapping[Name, Work], *, rounds: int, settle_seconds: float
) -> Iterator[tuple[Name, float]]:
    """Run each contender once a round, after a pause that lets the last removal and refill end.

    Yields (name, milliseconds); the first round is a warm-up and is not yielded.
    """
    for number in range(rounds + 1):
        for name, work in contenders.items():
            time.sleep(settle_seconds)
            start = time.perf_counter()
            work()
            if number:
                yield name, (time.perf_counter() - start) * 1000


def summary(milliseconds: list[float]) -> Latency:
    ordered = sorted(milliseconds)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return Latency(p50=statistics.median(ordered), p95=at(0.95), p99=at(0.99))


def throughput(work: Work, *, concurrency: int, seconds: float) -> Throughput:
    """Repeat `work` in `concurrency` threads; count the runs that began within `seconds`.

    Raises what `work` raises.
    """
    start = time.monotonic()

    def repeat() -> list[float]:
        milliseconds = []
        while (begun := time.monotonic()) < start + seconds:
            work()
            milliseconds.append((time.monotonic() - begun) * 1000)
        return milliseconds

    with ThreadPoolExecutor(concurrency) as threads:
        repeated = [threads.submit(repeat) for _ in range(concurrency)]
    every = [one for thread in repeated for one in thread.result()]
    return Throughput(
        concurrency=concurrency,
        runs=len(every),
        runs_per_second=len(every) / (time.monotonic() - start),
        p50=statistics.median(every),
    )


def busy_ms() -> float:
    """Return busy time of all processors: user, nice, system, irq, softirq (/proc/stat, proc(5))."""
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum((*fields[:3], *fields[5:7])) * 1000 / HERTZ
