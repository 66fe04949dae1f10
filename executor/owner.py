"""Identifies the process that owns a container or a running submission, in a form that outlives it.

The system reuses process ids. Together with the boot and the process's start time an id is unique.
"""

import os
from functools import cache
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def this_process() -> str:
    """Identity of the calling process: "<boot id>/<pid namespace>/<pid>/<start, clock ticks>"."""
    return _identity(os.getpid())


def process_is_alive(owner: str) -> bool | None:
    """Whether the process with the identity `owner` still runs; None if that is not visible from here
    (another machine, another boot or another pid namespace)."""
    try:
        boot, namespace, pid, start = owner.split("/")
    except ValueError:
        return None
    if (boot, namespace) != _place():
        return None
    return _start_ticks(pid) == start


@cache
def _identity(pid: int) -> str:
    return "/".join((*_place(), str(pid), _start_ticks(str(pid)) or "?"))


@cache
def _place() -> tuple[str, str]:
    namespace = str(Path("/proc/self/ns/pid").readlink()).removeprefix("pid:")
    return BOOT_ID.read_text().strip(), namespace.strip("[]")


def _start_ticks(pid: str) -> str | None:
    """Read field 22 of /proc/<pid>/stat (proc(5)); None if there is no such process, or a zombie. The
    command's name is in brackets and may hold any bytes, so count after the last bracket."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state == "Z" else rest[18]
