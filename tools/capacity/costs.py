"""The cost of one run on this machine: processor time by process, memory, bytes of HTTP.

The processor time of other processes is subtracted, but they disturb: measure on a quiet machine.
"""

import statistics
from dataclasses import dataclass
from pathlib import Path

import requests

from executor.cancellation import Cancellation
from executor.conf import config
from executor.languages import LANGUAGES
from executor.pool.pool import Pool
from executor.runs import RunRequest
from executor.sandbox import engine
from executor.sandbox.output import Output

from ..benchmark.contenders import PROGRAMS
from ..benchmark.measure import Throughput, Work, latencies, throughput
from ..benchmark.resting import rest
from ..benchmark.spending import SHIM, Engine, Spending, memory_of, pids_of
from ..site import Service

SAMPLES = 5
SETTLE_SECONDS = 0.3


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCost:
    """The cost of a minimal program, with all that its lane starts and removes for it."""

    runs: int
    runs_per_second: float
    idle_ms: float
    """Median over HTTP, one run at a time, each after a pause."""
    cpu_ms: dict[str, float]
    """CPU time by process, without the client."""
    waiting_bytes: int
    """The charge of the memory cgroup of an idle sandbox, or of a slot that has served a run."""
    peak_bytes: int
    """The peak of a sandbox that ran, from the report of its supervisor."""
    shim_bytes: int
    """Memory of the engine's process beside each sandbox; 0 if this process may not read it."""
    http_bytes: float
    """Bytes of request and answer together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How much is measured."""

    concurrency: int
    seconds: float
    single_runs: int
    warm_up_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Resting:
    """A sandbox in which nothing runs."""

    spent_ms: float
    """Processor time since its start."""
    memory_bytes: int
    shim_bytes: int


def measure_cost(language: str, served: Service, pool: Pool, size: Size) -> RunCost:
    """Measure a site without other work.

    `pool` is this process's own, to look into its sandboxes. If it has started, they are slots.
    """
    code, _ = PROGRAMS[language]
    answers: list[requests.Response] = []

    def work() -> None:
        answer = served.run(code, language)
        answer.raise_for_status()
        answers.append(answer)

    throughput(work, concurrency=size.concurrency, seconds=size.warm_up_seconds)
    rest(served)
    ones = latencies({"": work}, rounds=size.single_runs, settle_seconds=SETTLE_SECONDS)
    idle_ms = statistics.median(milliseconds for _, milliseconds in ones)
    answers.clear()
    met, used = _spent(served, work, size)
    looks = [_look_at(language, pool, number) for number in range(SAMPLES)]
    usages = [answer.json()["usage"] for answer in answers]
    run_ms = statistics.median(usage["cpu_ms"] for usage in usages)
    boot_ms = statistics.median(one.spent_ms for one in looks)
    return RunCost(
        runs=met.runs,
        runs_per_second=met.runs_per_second,
        idle_ms=idle_ms,
        cpu_ms=_by_owner(used, met.runs, sandbox_ms=boot_ms + run_ms),
        waiting_bytes=int(statistics.median(one.memory_bytes for one in looks)),
        peak_bytes=int(statistics.median(usage["memory_peak_bytes"] for usage in usages)),
        shim_bytes=int(statistics.median(one.shim_bytes for one in looks)),
        http_bytes=statistics.mean(map(_bytes, answers)),
    )


def measure_cpu(language: str, served: Service, size: Size) -> float:
    """Return the CPU milliseconds of a run, all processes together, without the client."""
    code, _ = PROGRAMS[language]

    def work() -> None:
        served.run(code, language).raise_for_status()

    throughput(work, concurrency=size.concurrency, seconds=size.warm_up_seconds)
    met, used = _spent(served, work, size)
    return (used.whole - used.client) / max(1, met.runs)


def _spent(served: Service, work: Work, size: Size) -> tuple[Throughput, Spending]:
    """Run from rest to rest, so that the removal and the start of sandboxes are in it."""
    engine_used = Engine.found()
    rest(served)
    before = Spending.now(served.process.pid, engine_used)
    met = throughput(work, concurrency=size.concurrency, seconds=size.seconds)
    rest(served)
    return met, Spending.now(served.process.pid, engine_used).since(before)


def _by_owner(used: Spending, runs: int, *, sandbox_ms: float) -> dict[str, float]:
    """Return the CPU milliseconds of a run by process.

    `sandbox_ms` is for machines whose containers share no cgroup. The engine's cgroups count what it
    starts. Without cgroups of its own, it gets the rest of the machine's time, with the kernel's own
    work in it.
    """
    sandboxes = sandbox_ms * runs if used.containers is None else used.containers
    if used.engine is not None:
        started = used.engine - used.dockerd - used.containerd
    else:
        named = used.client + used.server + used.dockerd + used.containerd + sandboxes
        started = used.whole - named
    return {
        "server": used.server / runs,
        "dockerd": used.dockerd / runs,
        "containerd": used.containerd / runs,
        "runc, shims": max(0.0, started) / runs,
        "sandbox": sandboxes / runs,
    }


def _look_at(language: str, pool: Pool, number: int) -> _Resting:
    """Look at a sandbox that waits: for its only run, or as a slot after its owner's first one."""
    found = LANGUAGES[language]
    limits = found.limits(config().limits)
    is_slot = pool.lane().lane == "slot"
    if is_slot:
        code, _ = PROGRAMS[language]
        request = RunRequest(code=code, language=language, read_only=True, limits=limits)
        with pool.sandbox(found, limits, read_only=True, owner=number) as lease:
            output = Output(limits.output_bytes, lambda event: None)
            lease.sandbox.run(request, output, Cancellation())
            lease.may_serve_again = True
    with pool.sandbox(found, limits, read_only=True, owner=number) as lease:
        if is_slot and lease.sandbox.run_number == 1:
            raise RuntimeError("the slot of the first run does not serve a second one")
        identity = lease.sandbox.container_id
        shims = [pid for pid in pids_of(SHIM) if identity in _command_of(pid)]
        return _Resting(
            spent_ms=0.0 if is_slot else engine.cpu_ms(identity),
            memory_bytes=engine.memory_bytes(identity),
            shim_bytes=sum(map(memory_of, shims)),
        )


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
