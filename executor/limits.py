"""The limits of one run. Rates and quotas of users are elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass

KiB = 1024
MiB = 1024 * KiB
STDIN_BYTES = 64 * KiB
"""The longest input of a run, with what comes while it runs."""


def size_of(value: int, whole: Callable[[float], int] = round) -> str:
    """Format a size in whole MiB, or in KiB or bytes if it is smaller: "128 MiB", "64 KiB", "1 byte".

    `whole` rounds it: `floor` suits a rest, and `ceil` a need, so that what does not fit looks so."""
    if value < KiB:
        return f"{value} byte{'' if value == 1 else 's'}"
    unit, name = (MiB, "MiB") if value >= MiB else (KiB, "KiB")
    return f"{whole(value / unit):,} {name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The most that one run may use. Lower is stricter; there is no "unlimited"."""

    wall_seconds: float = 10.0
    """Elapsed time from the delivery of the code to the end of its main process."""

    idle_seconds: float = 0.0
    """The longest time in which an interactive run may do nothing: get no input, print nothing, and use
    less than 0.1 s of CPU time. 0: the run is not interactive, so its input is whole from the start."""

    cpu_seconds: float = 10.0
    """CPU time of all processes of the run together, as the CPU cgroup counts it."""

    cpus: float = 1.0
    """Processors in use at the same time (CFS quota, not pinning)."""

    memory_bytes: int = 128 * MiB
    """Memory of all processes and tmpfs together, with what the kernel charges for them (page tables,
    pipes, unix sockets, descriptors). Swap is off. The pages of the runtime's files count too, for the
    run that reads them first. Where no run has read them yet, a program that fills its memory may lose
    these pages and read them again until its time is over: 14 of 30 did with 16 MiB, and one with 24 MiB
    (measured). After a run with 128 MiB had read them, none of 30 did with 12 MiB. The kernel does not
    charge four kinds of memory, which have bounds of their own: `socket_bytes`, `file_lock_calls`,
    `listen_calls`, and 1 MiB of closed connections. The bounds add up. With 128 MiB, a run that uses up
    all five takes 128 + 44 + 110 + 119 + 1 = 402 MiB of the machine (each measured by itself)."""

    processes: int = 64
    """Processes and threads together: the pids cgroup, not RLIMIT_NPROC, which counts a user
    across all containers of the machine."""

    output_bytes: int = 64 * KiB
    """Bytes kept of each of stdout and stderr. A stream that exceeds them ends the run."""

    disk_bytes: int = 32 * MiB
    """Size of /tmp, and of the working directory where that is writable. It is memory (tmpfs), so
    it counts against `memory_bytes` too and has to stay below it. No file is larger either."""

    disk_files: int = 2048
    """Inodes of each of those: files, directories and links."""

    open_files: int = 256
    """File descriptors of one process."""

    @property
    def socket_bytes(self) -> int:
        """Buffers of TCP and UDP sockets of all processes together, where cgroup v1 leaves them out of
        `memory_bytes`. It is enough for a few hundred busy connections."""
        return self.memory_bytes // 4

    @property
    def file_lock_calls(self) -> int:
        """Calls of all processes together that may make or release record locks (fcntl). The kernel
        charges locks to nobody and has no limit on them. One call makes up to two locks of 192 bytes;
        counted as 224, because slabs are never quite full."""
        return self.memory_bytes // (2 * 224)

    @property
    def listen_calls(self) -> int:
        """Calls of all processes together that open a socket for connections. The kernel charges
        connections to nobody until they are accepted: 128 of them (spec.BACKLOG), each with a full
        receive buffer, are 2 MiB a listener (measured). The buffers of their other ends come on top, and
        builds of a kernel differ: at 3 MiB for each, one took more than `memory_bytes` in all."""
        return self.memory_bytes // (4 * MiB)
