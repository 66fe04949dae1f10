"""The cost of one run on this machine: processor time by process, memory, bytes of HTTP.

The processor time of other processes is subtracted, but they disturb: measure on a quiet machine.
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
    """The cost of a minimal program, with the start and removal of its sandbox."""

    runs: int
    runs_per_second: float
    idle_ms: float
    """Median over HTTP, one run at a time, each after a pause."""
    cpu_ms: dict[str, float]
    """CPU time by process, without the client."""
    waiting_bytes: int
    """The charge of the memory cgroup of an idle sandbox."""
    peak_bytes: int
    """The peak of a sandbox that ran, from the report of its supervisor."""
    shim_bytes: int
    """Memory of the engine's process beside each sandbox; 0 if this process may not read it."""
    http_bytes: float
    """Bytes of request and answer together."""


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
    """Measure a site without other work. `pool` is this process's own, to look into its sandboxes."""
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
    """Return the CPU milliseconds of a run by process.

    The engine's cgroups count what it starts. Without cgroups of its own, it gets the rest of the
    machine's time, with the kernel's own work in it.
    """
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
    """Return medians of a few sandboxes: CPU milliseconds to boot, memory, memory of the shim."""
    seen = []
    for _ in range(SAMPLES):
        with pool.sandbox(LANGUAGES[language], config().limits, read_only=True) as lease:
            identity = lease.sandbox.container_id
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
    """Return the bytes of request and answer in HTTP/1.1, without the first lines."""
    headers = [*answer.request.headers.items(), *answer.headers.items()]
    body = answer.request.body or b""
    return (
        sum(len(name) + len(value) + 4 for name, value in headers) + len(body) + len(answer.content)
    )
