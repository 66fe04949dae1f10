"""What one run costs this machine: processors, by who uses them; memory; bytes of HTTP.

The machine has to be quiet otherwise. What it did before, while nothing was asked of it, is taken off.
"""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from .. import engine
from ..benchmark.contenders import PROGRAMS
from ..benchmark.measure import HERTZ, busy_ms, throughput
from ..benchmark.service import Service
from ..conf import config
from ..languages import LANGUAGES
from ..pool import Pool
from .resting import rest

ENGINE = ("dockerd", "containerd")
SHIM = "containerd-shim"
SAMPLES = 5
WARM_UP_SECONDS = 3
IDLE_SECONDS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCost:
    """Of a program that does next to nothing, its sandbox's start and removal included."""

    runs: int
    runs_per_second: float
    cpu_ms: dict[str, float]
    """By who used it; the client is left out."""
    waiting_bytes: int
    """Of a waiting sandbox: what its memory cgroup charges."""
    shim_bytes: int
    """And what the engine's process beside it has for itself; 0 if that may not be seen."""
    http_bytes: float
    """Request and answer together."""

    @property
    def total_cpu_ms(self) -> float:
        return sum(self.cpu_ms.values())


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
    idle = _Usage.now(served)
    time.sleep(IDLE_SECONDS)
    before = _Usage.now(served)
    answers.clear()
    met = throughput(work, concurrency=concurrency, seconds=seconds)
    rest(served)
    after = _Usage.now(served)

    background = before.since(idle).all_ms * after.since(before).seconds / IDLE_SECONDS
    used, runs = after.since(before), len(answers)
    boot_ms, waiting_bytes, shim_bytes = _of_a_sandbox(language, pool)
    parts = {
        "server": used.server_ms / runs,
        "dockerd": used.dockerd_ms / runs,
        "containerd": used.containerd_ms / runs,
        "sandbox": boot_ms + statistics.median(one.json()["usage"]["cpu_ms"] for one in answers),
    }
    everything = (used.all_ms - background - used.client_ms) / runs
    parts["runc, shims, kernel"] = max(0.0, everything - sum(parts.values()))
    return RunCost(
        runs=runs,
        runs_per_second=met.runs_per_second,
        cpu_ms=parts,
        waiting_bytes=waiting_bytes,
        shim_bytes=shim_bytes,
        http_bytes=statistics.mean(map(_bytes, answers)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Usage:
    """CPU time since each began, milliseconds; of the machine's engines all, if it has several."""

    seconds: float
    all_ms: float
    client_ms: float
    server_ms: float
    dockerd_ms: float
    containerd_ms: float

    @classmethod
    def now(cls, served: Service) -> "_Usage":
        spent = os.times()
        dockerd, containerd = (sum(map(cpu_ms_of, pids_of(name))) for name in ENGINE)
        return cls(
            seconds=time.monotonic(),
            all_ms=busy_ms(),
            client_ms=(spent.user + spent.system) * 1000,
            server_ms=cpu_ms_of(served.process.pid),
            dockerd_ms=dockerd,
            containerd_ms=containerd,
        )

    def since(self, earlier: "_Usage") -> "_Usage":
        return _Usage(
            **{name: getattr(self, name) - getattr(earlier, name) for name in self.__slots__}
        )


def pids_of(name: str) -> Iterator[int]:
    """Of the processes called so now; the kernel keeps 15 characters of a name."""
    for process in Path("/proc").iterdir():
        with suppress(OSError):  # it has just ended
            if process.name.isdigit() and (process / "comm").read_text().strip() == name[:15]:
                yield int(process.name)


def cpu_ms_of(pid: int) -> float:
    """A process's CPU time, user and system (proc(5)), threads included; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * 1000 / HERTZ


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
    return sum(len(name) + len(value) + 4 for name, value in headers) + len(body) + len(
        answer.content
    )
