"""What a slot and the process that uses it hold between two runs, and whether that grows."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, sleep

from .sandboxes import inspect

CGROUPS = Path("/sys/fs/cgroup")
STEADY_SECONDS, STEADY_LOOKS = 0.1, 5
"""A slot whose figures do not change in these looks over this time has booted its next runtime."""
BOOT_SECONDS = 10
"""The longest wait for that."""
PARTS = 10
"""A course of samples is compared by tenths: the first one is a warm-up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """Figures at one time."""

    memory_kib: int
    """Of the slot's cgroup, without copies of files on disk."""
    kernel_kib: int
    """The kernel's own part of it: slab, page tables, stacks. A namespace that stays counts here."""
    processes: int
    zombies: int
    files: int
    """Descriptors of the processes that outlive a run: the supervisor, and the zygote if there is one."""
    namespaces: int
    """Different ones that the slot's processes are in."""
    user_files: int
    """Descriptors of the process that uses the slot."""
    user_threads: int


def allowed() -> Mapping[str, float]:
    """How much more the last tenth may hold than the second.

    A sample may be taken while the next nest is being made: then one process, its descriptors and its
    namespaces are there or not. The kernel charges memory ahead in stocks of 64 pages for each processor.
    Each thread of the process that uses the slot connects to engine and database on first use.
    """
    stock_kib = 256 * (os.cpu_count() or 1)
    return {
        "memory_kib": stock_kib + 512,
        "kernel_kib": stock_kib + 256,
        "processes": 1,
        "zombies": 1,
        "files": 6,
        "namespaces": 7,
        "user_files": 8,
        "user_threads": 4,
    }


class Slot:
    """A slot's container, looked at from the host. Needs root, and the engine on this machine."""

    def __init__(self, container_id: str) -> None:
        self._first = int(inspect(container_id)["State"]["Pid"])
        lines = Path(f"/proc/{self._first}/cgroup").read_text().splitlines()
        of = dict(line.split(":", 2)[1:] for line in lines)
        self._unified = (CGROUPS / "cgroup.controllers").exists()
        self._place = CGROUPS / of[""].lstrip("/")
        if not self._unified:
            self._place = CGROUPS / "memory" / of["memory"].lstrip("/")

    def processes(self) -> list[Path]:
        """List the processes of the slot, as directories of /proc."""
        return [Path(f"/proc/{pid}") for pid in self._pids()]

    def nested(self) -> list[Path]:
        """List those in the nest."""
        return [Path(f"/proc/{pid}") for pid in self._pids() if part_of(pid) in ("init", "program")]

    def _pids(self) -> list[int]:
        return sorted(map(int, (self._place / "cgroup.procs").read_text().split()))

    def part(self, name: str) -> int:
        """Return the process id of a part (`part_of`), or of the supervisor's parent, the shim."""
        if name == "shim":
            return _parent(self._first)
        found = [pid for pid in self._pids() if part_of(pid) == name.replace("feeder", "relay")]
        # The relay is older than the feeder.
        return found[-1] if name == "feeder" else found[0]

    def held(self, user: int) -> Held:
        """Look at the slot, and at the process with the id `user`."""
        processes = self.processes()
        lasting = set(processes) - set(self.nested())
        return Held(
            memory_kib=self._memory() // 1024,
            kernel_kib=self._kernel_memory() // 1024,
            processes=len(processes),
            zombies=sum(_state(one) == "Z" for one in processes),
            files=sum(_count(one / "fd") for one in lasting),
            namespaces=len({place for one in processes for place in _namespaces(one)}),
            user_files=_count(Path(f"/proc/{user}/fd")),
            user_threads=_count(Path(f"/proc/{user}/task")),
        )

    def await_boot(self) -> None:
        """Wait until nothing changes: each step of a boot starts a process, or opens or closes a file."""
        seen, times, end = (-1, -1), 0, monotonic() + BOOT_SECONDS
        while times < STEADY_LOOKS and monotonic() < end:
            processes = self.processes()
            now = (len(processes), sum(_count(one / "fd") for one in processes))
            times = times + 1 if now == seen else 0
            seen = now
            sleep(STEADY_SECONDS / STEADY_LOOKS)

    def _number(self, name: str, key: str = "") -> int:
        text = (self._place / name).read_text()
        if not key:
            return int(text)
        return int(
            next(line for line in text.splitlines() if line.startswith(f"{key} ")).split()[1]
        )

    def _memory(self) -> int:
        if self._unified:
            stat = "memory.stat"
            return (
                self._number("memory.current")
                - self._number(stat, "file")
                + self._number(stat, "shmem")
            )
        files = self._number("memory.stat", "total_cache")
        return (
            self._number("memory.usage_in_bytes")
            - files
            + self._number("memory.stat", "total_shmem")
        )

    def _kernel_memory(self) -> int:
        if self._unified:
            return self._number("memory.stat", "kernel")
        return self._number("memory.kmem.usage_in_bytes")


def tenths(samples: Sequence[Held]) -> list[dict[str, float]]:
    """Return the least of each tenth of the samples.

    A sample may fall into the boot of the next runtime; what leaks is in every one.
    """
    size = len(samples) // PARTS
    parts = [samples[number * size : (number + 1) * size] for number in range(PARTS)]
    return [{name: min(asdict(one)[name] for one in part) for name in allowed()} for part in parts]


def grown(samples: Sequence[Held]) -> dict[str, tuple[float, float]]:
    """Return what the last tenth has more of than the second, beyond what is allowed: both figures."""
    found = tenths(samples)
    second, last = found[1], found[-1]
    return {
        name: (second[name], last[name])
        for name, more in allowed().items()
        if last[name] > second[name] + more
    }


def part_of(pid: int) -> str:
    """Name a process of a sandbox: supervisor, relay or feeder, runtime (a zygote, or a program without
    a nest), init or program; an empty string if it has ended."""
    ids, here = _ids(pid), len(_ids(os.getpid()))
    is_ours = _command(pid) == "supervisor"
    if len(ids) == here + 1:
        return "supervisor" if ids[-1] == "1" else "relay" if is_ours else "runtime"
    if len(ids) == here + 2:
        return "init" if is_ours else "program"
    return ""


def _ids(pid: int) -> list[str]:
    """Return its id in each namespace of processes, ours first; none if it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return line.split()[1:]
    return []


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _state(process: Path) -> str:
    with suppress(OSError):
        return (process / "stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _count(directory: Path) -> int:
    with suppress(OSError):
        return len(os.listdir(directory))
    return 0


def _namespaces(process: Path) -> list[str]:
    with suppress(OSError):
        return [os.readlink(one) for one in (process / "ns").iterdir()]
    return []
