"""Processor time by process and cgroup, read from /proc and /sys (proc(5), cgroups(7))."""

import os
import socket
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..benchmark.measure import HERTZ, busy_ms

SOCKET = "unix:///var/run/docker.sock"
CREDENTIALS = struct.Struct("3i")
"""The format of SO_PEERCRED: pid, uid, gid (unix(7)). The pid is that of the listening process."""
CGROUPS = Path("/sys/fs/cgroup")


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
class Spending:
    """CPU milliseconds since the start of each."""

    machine: float
    client: float
    """This process."""
    server: float
    dockerd: float
    containerd: float
    engine: float | None
    """The engine's cgroups: the two above and their children. None without cgroups of its own."""
    others: float
    """Unrelated processes, with the children that they waited for."""

    @classmethod
    def now(cls, server: int, engine: Engine) -> "Spending":
        spent = os.times()
        # Process 1 reaps orphans, so the time of runc and the shims is in its own.
        ours = {1, os.getpid(), server, *engine.dockerd, *engine.containerd}
        groups = engine.cgroups
        return cls(
            machine=busy_ms(),
            client=(spent.user + spent.system) * 1000,
            server=cpu_ms_of(server),
            dockerd=sum(map(cpu_ms_of, engine.dockerd)),
            containerd=sum(map(cpu_ms_of, engine.containerd)),
            engine=sum(map(_cgroup_ms, groups)) if groups else None,
            others=_others_ms(ours),
        )

    def since(self, earlier: "Spending") -> "Spending":
        engine = None
        if self.engine is not None and earlier.engine is not None:
            engine = self.engine - earlier.engine
        return Spending(
            machine=self.machine - earlier.machine,
            client=self.client - earlier.client,
            server=self.server - earlier.server,
            dockerd=self.dockerd - earlier.dockerd,
            containerd=self.containerd - earlier.containerd,
            engine=engine,
            others=self.others - earlier.others,
        )


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


def _others_ms(excluded: set[int]) -> float:
    """Sum up unrelated processes. Kernel threads (children of process 2) work for the measured runs."""
    return sum(
        sum(map(int, fields[11:15])) * 1000 / HERTZ
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and int(process.name) not in excluded
        if (fields := _fields_of(int(process.name))) and fields[1] not in {"0", "2"}
    )


def _fields_of(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; none if the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
