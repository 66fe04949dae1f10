"""A contender at full load: its runs a second, and the processor time of each by component."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .contenders import Contender
from .measure import Throughput, throughput
from .resting import rest
from .spending import Engine, Spending

WARM_UP_RUNS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """Milliseconds are processor time of one run; None where this machine does not tell."""

    concurrency: int
    runs_per_second: float
    p50_ms: float
    """From request to result: not processor time."""
    web_ms: float | None
    engine_ms: float | None
    """dockerd, containerd, runc and the shims; with the kernel's own work, unless they have a cgroup."""
    sandboxes_ms: float | None
    all_ms: float
    """The whole machine without unrelated processes, but with the client."""


def warm_up(contender: Contender, *, at_once: int) -> None:
    """Let each user run once, so that a slot is there for each."""
    with ThreadPoolExecutor(at_once) as threads:
        runs = [threads.submit(contender.work) for _ in range(max(WARM_UP_RUNS, contender.users))]
    for run in runs:
        run.result()


def load(contender: Contender, *, concurrency: int, seconds: float) -> Load:
    """Measure from rest to rest, so that the removal and the start of sandboxes are in it."""
    engine = Engine.found()
    warm_up(contender, at_once=concurrency)
    before = _at_rest(contender, engine)
    met = throughput(contender.work, concurrency=concurrency, seconds=seconds)
    used = _at_rest(contender, engine).since(before)
    return by_component(met, used, has_site=contender.served is not None)


def _at_rest(contender: Contender, engine: Engine) -> Spending:
    if contender.served:
        rest(contender.served)
    return Spending.now(contender.served.process.pid if contender.served else 0, engine)


def by_component(met: Throughput, used: Spending, *, has_site: bool) -> Load:
    runs = max(1, met.runs)
    containers, engine = used.containers, used.whole_engine
    return Load(
        concurrency=met.concurrency,
        runs_per_second=met.runs_per_second,
        p50_ms=met.p50,
        web_ms=used.server / runs if has_site else None,
        engine_ms=engine / runs if has_site and engine is not None else None,
        sandboxes_ms=containers / runs if has_site and containers is not None else None,
        all_ms=used.whole / runs,
    )


def middle(loads: Sequence[Load]) -> Load:
    """Return the load with the median of the runs a second; of an even number, the better one."""
    ordered = sorted(loads, key=lambda one: one.runs_per_second)
    return ordered[len(ordered) // 2]
