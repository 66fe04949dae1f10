"""Processor time by process and cgroup, read from /proc and /sys (proc(5), cgroups(7))."""

import os
import socket
import struct
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .measure import HERTZ, busy_ms

SOCKET = "unix:///var/run/docker.sock"
CREDENTIALS = struct.Struct("3i")
"""The format of SO_PEERCRED: pid, uid, gid (unix(7)). The pid is that of the listening process."""
CGROUPS = Path("/sys/fs/cgroup")
SHIM = "containerd-shim"
REAPER = 1
"""The process that gets orphans, and the time of runc and the shims with them."""
KERNEL = 2
"""The parent of kernel threads. They work for the measured runs."""


def pids_of(name: str) -> Iterator[int]:
    """Return the ids of the processes with this name. The kernel keeps 15 characters of a name."""
    for process in Path("/proc").iterdir():
        with suppress(OSError):  # it has just ended
            if process.name.isdigit() and (process / "comm").read_text().strip() == name[:15]:
                yield int(process.name)


def cpu_ms_of(pid: int) -> float:
    """Return the CPU time of a process: user and system, all threads; 0 if it has ended."""
    return sum(map(int, _fields_of(pid)[11:13])) * 1000 / HERTZ


def memory_of(pid: int) -> int:
    """Return the proportional set size of a process in bytes; 0 if this process may not read it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """The processes of the engine in use."""

    dockerd: Collection[int]
    containerd: Collection[int]

    @classmethod
    def found(cls) -> "Engine":
        """Find the process that listens at the engine's address; by name if that is systemd or remote."""
        listener = _listener()
        by_name = set(pids_of("dockerd"))
        dockerd = {listener} if listener in by_name else by_name
        containerd = set(pids_of("containerd"))
        groups = {cgroup_of(pid) for pid in dockerd}
        together = {pid for pid in containerd if cgroup_of(pid) in groups}
        return cls(dockerd=dockerd, containerd=together or containerd)

    @property
    def cgroups(self) -> set[Path]:
        """Return the cgroups with runc and the shims, without containers; none if that is the root."""
        return {path for pid in (*self.dockerd, *self.containerd) if (path := cgroup_of(pid))}


@dataclass(frozen=True, kw_only=True, slots=True)
class Unrelated:
    """The processes that have nothing to do with the measured runs, by their ids."""

    spent: Mapping[int, float]
    """CPU milliseconds, with those of the children that each has waited for."""
    parents: Mapping[int, int]

    @classmethod
    def now(cls, excluded: set[int]) -> "Unrelated":
        """Find those that are neither excluded, nor of the kernel, a shim or a container."""
        shims = set(pids_of(SHIM))
        fields = {
            int(process.name): found
            for process in Path("/proc").iterdir()
            if process.name.isdigit() and (found := _fields_of(int(process.name)))
        }
        parents = {pid: int(found[1]) for pid, found in fields.items()}
        spent = {
            pid: sum(map(int, found[11:15])) * 1000 / HERTZ
            for pid, found in fields.items()
            if pid not in excluded
            if parents[pid] not in {0, KERNEL}
            if shims.isdisjoint(lineage(pid, parents))
        }
        return cls(spent=spent, parents=parents)

    def since(self, earlier: "Unrelated") -> float:
        """Return the time that they have used since then.

        A process that ends leaves its time to the parent that waits for it. If an excluded one does, its
        earlier time must not count as saved.
        """
        lost = sum(
            spent
            for pid, spent in earlier.spent.items()
            if not any(one in self.spent for one in lineage(pid, earlier.parents))
        )
        return sum(self.spent.values()) - sum(earlier.spent.values()) + lost


@dataclass(frozen=True, kw_only=True, slots=True)
class Spending:
    """CPU milliseconds since the start of each."""

    machine: float
    client: float
    """This process, with the commands that it has waited for."""
    server: float
    dockerd: float
    containerd: float
    engine: float | None
    """The engine's cgroups: the two above and their children. None without cgroups of its own."""
    containers: float | None
    """All containers of the machine, with those that are gone. None if they share no cgroup."""
    others: float
    """Unrelated processes, with the children that they waited for."""
    unrelated: Unrelated | None = None
    """Each of them; None in a difference."""

    @classmethod
    def now(cls, server: int, engine: Engine) -> "Spending":
        spent = os.times()
        ours = {REAPER, os.getpid(), server, *engine.dockerd, *engine.containerd}
        groups, containers = engine.cgroups, _containers()
        unrelated = Unrelated.now(ours)
        return cls(
            machine=busy_ms(),
            client=sum(spent[:4]) * 1000,
            server=cpu_ms_of(server),
            dockerd=sum(map(cpu_ms_of, engine.dockerd)),
            containerd=sum(map(cpu_ms_of, engine.containerd)),
            engine=sum(map(_cgroup_ms, groups)) if groups else None,
            containers=None if containers is None else _cgroup_ms(containers),
            others=sum(unrelated.spent.values()),
            unrelated=unrelated,
        )

    def since(self, earlier: "Spending") -> "Spending":
        others = self.others - earlier.others
        if self.unrelated and earlier.unrelated:
            others = self.unrelated.since(earlier.unrelated)
        return Spending(
            machine=self.machine - earlier.machine,
            client=self.client - earlier.client,
            server=self.server - earlier.server,
            dockerd=self.dockerd - earlier.dockerd,
            containerd=self.containerd - earlier.containerd,
            engine=_difference(self.engine, earlier.engine),
            containers=_difference(self.containers, earlier.containers),
            others=others,
        )

    @property
    def whole(self) -> float:
        """Return the time of the whole machine without unrelated processes."""
        return self.machine - self.others

    @property
    def whole_engine(self) -> float | None:
        """Return the time of dockerd, containerd, runc and the shims.

        Without a cgroup of the engine it is what nothing else has used, so the kernel's own work is in
        it. None if the containers can't be told from it.
        """
        if self.engine is not None or self.containers is None:
            return self.engine
        return max(0.0, self.whole - self.client - self.server - self.containers)


def _difference(now: float | None, earlier: float | None) -> float | None:
    return None if now is None or earlier is None else now - earlier


def _containers() -> Path | None:
    """Return the cgroup in which the engine makes those of its containers; None if it has none.

    With systemd's cgroups, containers are beside services.
    """
    found = (CGROUPS / name for name in ("cpuacct/docker", "docker"))
    return next(filter(Path.is_dir, found), None)


def cgroup_of(pid: int) -> Path | None:
    """Return the directory of the cgroup that counts the CPU time of a process; None for the root."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if path != "/" and "cpuacct" in controllers.split(","):
            return CGROUPS / "cpuacct" / path.lstrip("/")
        if path != "/" and not controllers:
            return CGROUPS / path.lstrip("/")
    return None


def _cgroup_ms(directory: Path) -> float:
    """Return the CPU time of all processes that ever ran in the cgroup, version 1 or 2."""
    old = directory / "cpuacct.usage"
    if old.exists():
        return int(old.read_text()) / 1e6
    fields = dict(line.split() for line in (directory / "cpu.stat").read_text().splitlines())
    return int(fields["usage_usec"]) / 1e3


def _listener() -> int:
    """Return the id of the process that listens at DOCKER_HOST; 0 if it is on another machine."""
    scheme, _, path = os.environ.get("DOCKER_HOST", SOCKET).partition("://")
    if scheme != "unix":
        return 0
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return int(CREDENTIALS.unpack(credentials)[0])


def lineage(pid: int, parents: Mapping[int, int]) -> Iterator[int]:
    """Yield a process and those that it comes from, as far as `parents` knows them."""
    seen: set[int] = set()
    while pid in parents and pid not in seen:
        seen.add(pid)
        yield pid
        pid = parents[pid]


def _fields_of(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; none if the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
