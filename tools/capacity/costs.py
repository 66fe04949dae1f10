"""What one run costs this machine: processors, by who uses them; memory; bytes of HTTP.

What other processes of the machine do meanwhile is taken off, but it is in the way: better quiet.
"""

import statistics
from dataclasses import dataclass
from pathlib import Path

import requests

from executor.conf import config
from executor.languages import LANGUAGES
from executor.pool.pool import Pool
from executor.sandbox import engine

from ..benchmark.contenders import PROGRAMS
from ..benchmark.measure import latencies, throughput
from ..site import Service
from .resting import rest
from .spending import Engine, Spending, memory_of, pids_of

SHIM = "containerd-shim"
SAMPLES = 5
SETTLE_SECONDS = 0.3


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCost:
    """Of a program that does next to nothing, its sandbox's start and removal included."""

    runs: int
    runs_per_second: float
    idle_ms: float
    """Over HTTP, one at a time with a pause before each, median."""
    cpu_ms: dict[str, float]
    """By who used it; the client is left out."""
    waiting_bytes: int
    """Of a waiting sandbox: what its memory cgroup charges."""
    peak_bytes: int
    """Of one that ran, at most, as its supervisor reported."""
    shim_bytes: int
    """And what the engine's process beside each has for itself; 0 if that may not be seen."""
    http_bytes: float
    """Request and answer together."""


def measure_cost(
    language: str,
    served: Service,
    pool: Pool,
    *,
    concurrency: int,
    seconds: float,
    single_runs: int,
    warm_up_seconds: float,
) -> RunCost:
    """Measure a site that does nothing else. `pool` is this process's own, to look into sandboxes."""
    code, _ = PROGRAMS[language]
    engine_used = Engine.found()
    answers: list[requests.Response] = []

    def work() -> None:
        answer = served.run(code, language)
        answer.raise_for_status()
        answers.append(answer)

    throughput(work, concurrency=concurrency, seconds=warm_up_seconds)
    rest(served)
    ones = latencies({"": work}, rounds=single_runs, settle_seconds=SETTLE_SECONDS)
    idle_ms = statistics.median(milliseconds for _, milliseconds in ones)
    rest(served)
    before = Spending.now(served.process.pid, engine_used)
    answers.clear()
    met = throughput(work, concurrency=concurrency, seconds=seconds)
    rest(served)
    after = Spending.now(served.process.pid, engine_used)

    used, runs = after.since(before), len(answers)
    boot_ms, waiting_bytes, shim_bytes = _of_a_sandbox(language, pool)
    usages = [answer.json()["usage"] for answer in answers]
    run_ms = statistics.median(usage["cpu_ms"] for usage in usages)
    return RunCost(
        runs=runs,
        runs_per_second=met.runs_per_second,
        idle_ms=idle_ms,
        cpu_ms=_by_owner(used, runs, sandbox_ms=boot_ms + run_ms),
        waiting_bytes=waiting_bytes,
        peak_bytes=int(statistics.median(usage["memory_peak_bytes"] for usage in usages)),
        shim_bytes=shim_bytes,
        http_bytes=statistics.mean(map(_bytes, answers)),
    )


def _by_owner(used: Spending, runs: int, *, sandbox_ms: float) -> dict[str, float]:
    """Of a run. What the engine starts is counted by its cgroups; if it has none of its own, it is
    what nobody else on the machine has done, and with it what the kernel did for nobody."""
    if used.engine is not None:
        started = used.engine - used.dockerd - used.containerd
    else:
        named = used.others + used.client + used.server + used.dockerd + used.containerd
        started = used.machine - named - sandbox_ms * runs
    return {
        "server": used.server / runs,
        "dockerd": used.dockerd / runs,
        "containerd": used.containerd / runs,
        "runc, shims": started / runs,
        "sandbox": sandbox_ms,
    }


def _of_a_sandbox(language: str, pool: Pool) -> tuple[float, int, int]:
    """CPU milliseconds to boot one, its memory, its shim's memory: medians of a few."""
    seen = []
    for _ in range(SAMPLES):
        with pool.sandbox(LANGUAGES[language], config().limits, read_only=True) as (sandbox, _):
            identity = sandbox.container_id
            shims = [pid for pid in pids_of(SHIM) if identity in _command_of(pid)]
            seen.append(
                (
                    engine.cpu_ms(identity),
                    engine.memory_bytes(identity),
                    sum(map(memory_of, shims)),
                )
            )
    boot, memory, shim = (statistics.median(each) for each in zip(*seen, strict=True))
    return boot, int(memory), int(shim)


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _bytes(answer: requests.Response) -> int:
    """Of the request and its answer, as HTTP/1.1 writes them, first lines left out."""
    headers = [*answer.request.headers.items(), *answer.headers.items()]
    body = answer.request.body or b""
    return (
        sum(len(name) + len(value) + 4 for name, value in headers) + len(body) + len(answer.content)
    )
