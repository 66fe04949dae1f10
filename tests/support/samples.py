"""Samples of a service that runs for long, and checks that its figures do not grow.

The first third is a warm-up: caches fill, threads connect, the pool follows demand. The last third is
compared with the second.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.benchmark.measure import summary

MiB = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Figures at one time, summed over all processes of the service."""

    at: float
    """Seconds since the beginning."""
    memory_kib: int
    """Proportional set size: shared memory counts once."""
    files: int
    threads: int
    containers: int
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """The time of a client's wait for an answer."""

    at: float
    ms: float


def sample(at: float, pids: Sequence[int], *, containers: int, rows: int) -> Sample:
    processes = [Path(f"/proc/{pid}") for pid in pids]
    return Sample(
        at=at,
        memory_kib=sum(_field(process / "smaps_rollup", "Pss") for process in processes),
        files=sum(len(list((process / "fd").iterdir())) for process in processes),
        threads=sum(_field(process / "status", "Threads") for process in processes),
        containers=containers,
        rows=rows,
    )


def _field(path: Path, name: str) -> int:
    """Return the first number of a line in a table of proc(5)."""
    line = next(line for line in path.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """A figure in the second third of the time and in the last, and its bound in the last."""

    before: float
    after: float
    allowed: float

    @property
    def is_flat(self) -> bool:
        return self.after <= self.allowed


ALLOWED: Mapping[str, Callable[[float], float]] = {
    # Fragmentation moves this by a few MiB.
    "memory, MiB": lambda before: 1.03 * before + 4,
    # Each thread connects to engine, broker and database on first use.
    "files": lambda before: before + 8,
    "threads": lambda before: before + 4,
    "containers": lambda before: before + 2,
    # Other programs use the machine too.
    "p50, ms": lambda before: 1.25 * before + 5,
    "p95, ms": lambda before: 1.5 * before + 20,
}


def growth(samples: Sequence[Sample], times: Sequence[Timed], seconds: float) -> dict[str, Growth]:
    """Return each figure of ALLOWED: medians of the samples, quantiles of the times."""
    second = _figures(samples, times, seconds / 3, 2 * seconds / 3)
    last = _figures(samples, times, 2 * seconds / 3, seconds)
    return {
        name: Growth(before=second[name], after=last[name], allowed=allowed(second[name]))
        for name, allowed in ALLOWED.items()
    }


def _figures(
    samples: Sequence[Sample], times: Sequence[Timed], start: float, end: float
) -> dict[str, float]:
    seen = [one for one in samples if start <= one.at < end]
    waits = summary([one.ms for one in times if start <= one.at < end])
    return {
        "memory, MiB": statistics.median(one.memory_kib for one in seen) / MiB,
        "files": statistics.median(one.files for one in seen),
        "threads": statistics.median(one.threads for one in seen),
        "containers": statistics.median(one.containers for one in seen),
        "p50, ms": waits.p50,
        "p95, ms": waits.p95,
    }


def windows(
    samples: Sequence[Sample], times: Sequence[Timed], seconds: float, count: int = 12
) -> list[tuple[object, ...]]:
    """Return a row for each part of the time, for a table."""
    rows: list[tuple[object, ...]] = [("until, s", *ALLOWED, "runs/s", "rows")]
    length = seconds / count
    for number in range(count):
        start, end = number * length, (number + 1) * length
        answered = sum(start <= one.at < end for one in times)
        looked_at = any(start <= one.at < end for one in samples)
        figures = _figures(samples, times, start, end) if answered and looked_at else {}
        last = [one for one in samples if one.at < end][-1]
        rows.append(
            (round(end), *(figures.get(name) for name in ALLOWED), answered / length, last.rows)
        )
    return rows
