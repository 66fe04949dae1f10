"""What one run may use. What a user may ask for (rates, quotas) is not decided here."""

from dataclasses import dataclass

KiB = 1024
MiB = 1024 * KiB


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one run may use. Lower is stricter; there is no "unlimited"."""

    wall_seconds: float = 10.0
    """Elapsed time from the delivery of the code to the end of its main process."""

    cpu_seconds: float = 10.0
    """CPU time of all processes of the run together, as the CPU cgroup counts it."""

    cpus: float = 1.0
    """Processors that may be used at the same time (CFS quota, not pinning)."""

    memory_bytes: int = 128 * MiB
    """Memory of all processes, of tmpfs and of what the kernel charges for them (page tables, pipes,
    unix sockets, descriptors) together; swap is off. Three kinds that the kernel does not charge have
    bounds of their own on top: `socket_bytes`, `file_lock_calls` and `listen_calls`. The bounds add up.
    With 128 MiB, a run that uses up all four takes 128 + 44 + 110 + 111 = 393 MiB of the machine (each
    measured by itself)."""

    processes: int = 64
    """Processes and threads together: the pids cgroup, not RLIMIT_NPROC, which counts a user
    across all containers of the machine."""

    output_bytes: int = 64 * KiB
    """Kept of each of stdout and stderr; the run is ended when a stream goes beyond."""

    disk_bytes: int = 32 * MiB
    """Size of /tmp, and of the working directory where that is writable. It is memory (tmpfs), so
    it counts against `memory_bytes` too and has to stay below it. Also the largest file."""

    disk_files: int = 2048
    """Files, directories and links on each of those (inodes)."""

    open_files: int = 256
    """File descriptors of one process."""

    @property
    def socket_bytes(self) -> int:
        """Buffers of TCP and UDP sockets of all processes together, where cgroup v1 leaves them out of
        `memory_bytes`. A few hundred busy connections have room in it."""
        return self.memory_bytes // 4

    @property
    def file_lock_calls(self) -> int:
        """Calls of all processes together that may make or release record locks (fcntl). The kernel
        charges locks to nobody and has no limit on them. One call makes up to two of 192 bytes, and
        slabs are never quite full."""
        return self.memory_bytes // (2 * 224)

    @property
    def listen_calls(self) -> int:
        """Calls of all processes together that open a socket for connections. The kernel charges
        connections to nobody until they are accepted: 128 of them (spec.BACKLOG), each with a full
        receive buffer, are 2 MiB a listener (measured), and the buffers of the others are on top."""
        return self.memory_bytes // (3 * MiB)
