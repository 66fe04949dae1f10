"""What one run costs this machine: processors, by who uses them; memory; bytes of HTTP.

What other processes of the machine do meanwhile is taken off, but it is in the way: better quiet.
"""

import os
import statistics
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from .. import engine
from ..benchmark.contenders import PROGRAMS
from ..benchmark.measure import HERTZ, busy_ms, latencies, throughput
from ..benchmark.service import Service
from ..conf import config
from ..languages import LANGUAGES
from ..pool import Pool
from .resting import rest

ENGINE = ("dockerd", "containerd")
SHIM = "containerd-shim"
SAMPLES = 5
WARM_UP_SECONDS = 3
IDLE_ROUNDS = 20
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
    shim_bytes: int
    """And what the engine's process beside it has for itself; 0 if that may not be seen."""
    http_bytes: float
    """Request and answer together."""


def measure_cost(
    language: str, served: Service, pool: Pool, *, concurrency: int, seconds: float
) -> RunCost:
    """`pool` is this process's own, to look into sandboxes; the service has another."""
    code, _ = PROGRAMS[language]
    answers: list[requests.Response] = []

    def work() -> None:
        answer = served.run(code, language)
        answer.raise_for_status()
        answers.append(answer)

    throughput(work, concurrency=concurrency, seconds=WARM_UP_SECONDS)
    rest(served)
    ones = latencies({"": work}, rounds=IDLE_ROUNDS, settle_seconds=SETTLE_SECONDS)
    idle_ms = statistics.median(milliseconds for _, milliseconds in ones)
    rest(served)
    before = _Usage.now(served)
    answers.clear()
    met = throughput(work, concurrency=concurrency, seconds=seconds)
    rest(served)
    after = _Usage.now(served)

    used, runs = after.since(before), len(answers)
    boot_ms, waiting_bytes, shim_bytes = _of_a_sandbox(language, pool)
    parts = {
        "server": used.server_ms / runs,
        "dockerd": used.dockerd_ms / runs,
        "containerd": used.containerd_ms / runs,
        "sandbox": boot_ms + statistics.median(one.json()["usage"]["cpu_ms"] for one in answers),
    }
    everything = (used.all_ms - used.others_ms - used.client_ms) / runs
    parts["runc, shims, kernel"] = max(0.0, everything - sum(parts.values()))
    return RunCost(
        runs=runs,
        runs_per_second=met.runs_per_second,
        idle_ms=idle_ms,
        cpu_ms=parts,
        waiting_bytes=waiting_bytes,
        shim_bytes=shim_bytes,
        http_bytes=statistics.mean(map(_bytes, answers)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Usage:
    """CPU time since each began, milliseconds; of the machine's engines all, if it has several."""

    all_ms: float
    client_ms: float
    server_ms: float
    dockerd_ms: float
    containerd_ms: float
    others_ms: float
    """Of processes that have nothing to do with it, and of those they started and waited for."""

    @classmethod
    def now(cls, served: Service) -> "_Usage":
        spent = os.times()
        dockerd, containerd = (list(pids_of(name)) for name in ENGINE)
        return cls(
            all_ms=busy_ms(),
            client_ms=(spent.user + spent.system) * 1000,
            server_ms=cpu_ms_of(served.process.pid),
            dockerd_ms=sum(map(cpu_ms_of, dockerd)),
            containerd_ms=sum(map(cpu_ms_of, containerd)),
            # What shims and runc did ends up with the one who reaps orphans, process 1.
            others_ms=_others_ms({1, os.getpid(), served.process.pid, *dockerd, *containerd}),
        )

    def since(self, earlier: "_Usage") -> "_Usage":
        return _Usage(
            **{name: getattr(self, name) - getattr(earlier, name) for name in self.__slots__}
        )


def _others_ms(excluded: set[int]) -> float:
    """Kernel threads (children of process 2) are left out too: what they do is done for us."""
    return sum(
        sum(map(int, fields[11:15])) * 1000 / HERTZ
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and int(process.name) not in excluded
        if (fields := _fields_of(int(process.name))) and fields[1] not in {"0", "2"}
    )


def pids_of(name: str) -> Iterator[int]:
    """Of the processes called so now; the kernel keeps 15 characters of a name."""
    for process in Path("/proc").iterdir():
        with suppress(OSError):  # it has just ended
            if process.name.isdigit() and (process / "comm").read_text().strip() == name[:15]:
                yield int(process.name)


def cpu_ms_of(pid: int) -> float:
    """A process's CPU time, user and system, threads included; 0 if it has ended."""
    fields = _fields_of(pid)
    return sum(map(int, fields[11:13])) * 1000 / HERTZ


def _fields_of(pid: int) -> list[str]:
    """Of /proc/PID/stat (proc(5)), from the state on; none if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def memory_of(pid: int) -> int:
    """What a process has in memory, what it shares counted in parts (PSS), bytes; 0 if it may not be
    seen."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


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
