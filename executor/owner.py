"""Which process owns a container or a running submission, in a form that outlives the process.

A process id alone is reused; together with the boot and the process's start time it is not.
"""

import os
from functools import cache
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def this_process() -> str:
    """Identity of the calling process: "<boot id>/<pid namespace>/<pid>/<start, clock ticks>"."""
    return _identity(os.getpid())


def process_is_alive(owner: str) -> bool | None:
    """Whether the process that called itself `owner` still runs; None if that can't be seen from
    here (another machine, another boot or another pid namespace)."""
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
    """Field 22 of /proc/<pid>/stat (proc(5)); None if there is no such process. The command's name
    is in brackets and may hold spaces and brackets, so fields are counted after the last one."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state == "Z" else rest[18]
