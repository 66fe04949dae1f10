"""Confines a booted sandbox from the host, where no argument of the engine does.

On cgroup v1 the kernel charges the buffers of TCP and UDP sockets to a cgroup only after somebody has
written a limit for them into the cgroup's own file. The engine and runc take such a limit as an argument
and ignore it. So this process writes it, between a sandbox's boot and its program. A process that can't,
because it is not root or the engine is on another machine, closes these sockets instead: without a limit,
one run could take all the memory that the machine has for TCP. An engine behind a unix socket counts as
on this machine; where such a socket leads elsewhere, starting a sandbox fails. cgroup v2 charges the
buffers like any memory.

At the same moment the supervisor's `oom_score_adj` becomes -1000, so that the kernel never kills it for
memory. It has already forked the first program, whose own lower bound stays 0. In a slot it forks the
next ones after that. Their bound is -1000, and what keeps them from it is that the nest's /proc is
read-only.
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from ..conf import config
from ..errors import EngineError
from ..limits import Limits
from . import engine
from .spec import FORKING_PROFILE, SECCOMP_PROFILE, SLOT_PROFILE

logger = logging.getLogger(__name__)

UNKILLABLE = "-1000"
AF_INET, AF_INET6 = 2, 10
EAFNOSUPPORT = 97
TCP_LIMIT = "memory.kmem.tcp.limit_in_bytes"
"""The file's limit bounds UDP too, in spite of its name: all that counts in the kernel's "sk_mem"."""


class Sockets(StrEnum):
    """What bounds the memory of internet sockets. If they are closed, there is no loopback either."""

    CHARGED = "charged"
    """The memory limit: the kernel counts them as the run's memory (cgroup v2)."""
    LIMITED = "limited"
    """A limit of its own for each sandbox, which this process writes (cgroup v1)."""
    CLOSED = "closed"
    """Programs have no such sockets: nothing would bound them, or the setting turns them off."""
    UNBOUNDED = "unbounded"
    """Nothing: the setting turns them on in any case."""


@cache
def sockets() -> Sockets:
    """Decide once per process. Raises EngineError if the engine does not answer."""
    wanted = config().inet_sockets
    if wanted == "no":
        return Sockets.CLOSED
    if engine.information().get("CgroupVersion", "1") == "2":
        return Sockets.CHARGED
    place = memory_hierarchy() if engine.is_on_this_machine() else None
    if place is not None and os.access(place / "cgroup.procs", os.W_OK):
        return Sockets.LIMITED
    if wanted == "yes":
        return Sockets.UNBOUNDED
    logger.warning("sandboxes have no TCP and UDP, not even on a loopback: %s", WHY_CLOSED)
    return Sockets.CLOSED


WHY_CLOSED = (
    "cgroup v1 does not charge the memory of their sockets, and this process can't limit it"
    " (it is not root, or the engine is elsewhere)"
)


def memory_hierarchy() -> Path | None:
    """Find the mount point of cgroup v1's memory controller; None unless its root is mounted."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, file_system = line.partition(" - ")
        kind, _, options = file_system.split(" ", 2)
        _, _, _, root, place, *_ = mount.split()
        if kind == "cgroup" and "memory" in options.split(",") and root == "/":
            return Path(place)
    return None


def with_bounded_sockets(spec: dict[str, Any]) -> dict[str, Any]:
    """Take internet sockets out of the spec where nothing would bound their memory."""
    if sockets() is not Sockets.CLOSED:
        return spec
    options = [
        f"seccomp={_without_inet(profile)}" if (profile := _own_profile(option)) else option
        for option in spec["HostConfig"]["SecurityOpt"]
    ]
    return {**spec, "HostConfig": {**spec["HostConfig"], "SecurityOpt": options}}


def _own_profile(option: str) -> str:
    """Return the profile that a security option sets if the spec has it, else an empty string."""
    profile = option.removeprefix("seccomp=")
    return profile if profile in (SECCOMP_PROFILE, SLOT_PROFILE, FORKING_PROFILE) else ""


@cache
def _without_inet(profile: str) -> str:
    """Make the profile refuse internet sockets, with the error of a kernel that does not have them."""
    families = {AF_INET, AF_INET6}
    document = json.loads(profile)
    kept = [
        rule
        for rule in document["syscalls"]
        if rule["names"] != ["socket"] or rule["args"][0]["value"] not in families
    ]
    refused = [
        {
            "names": ["socket"],
            "args": [{"index": 0, "value": family, "op": "SCMP_CMP_EQ"}],
            "action": "SCMP_ACT_ERRNO",
            "errnoRet": EAFNOSUPPORT,
        }
        for family in sorted(families)
    ]
    return json.dumps({**document, "syscalls": kept + refused})


def confine(container_id: str, memory_bytes: int) -> None:
    """Bound the sockets of a sandbox that has booted, and make its supervisor unkillable.

    Raises EngineError if its sockets need a limit and can't get it: then nothing may run in it.
    """
    needed = sockets() is Sockets.LIMITED
    if not needed and os.geteuid() != 0:
        return
    try:
        with _first_process(container_id) as process:
            if needed:
                limit = str(Limits(memory_bytes=memory_bytes).socket_bytes)
                (_memory_cgroup(process) / TCP_LIMIT).write_text(limit)
            with suppress(OSError), _open(process, "oom_score_adj", os.O_WRONLY) as file:
                file.write(UNKILLABLE)
    except (OSError, LookupError) as error:
        if needed:
            message = "the memory of a sandbox's sockets can't be limited from here"
            hint = "EXECUTOR_INET_SOCKETS=no does without these sockets"
            raise EngineError(f"{message} ({error}); {hint}") from error


@contextmanager
def _first_process(container_id: str) -> Iterator[int]:
    """Yield a descriptor of the supervisor's directory in /proc.

    It leads to this very process, or to nothing once the process has ended. Raises LookupError if the
    engine's number is another process here: the engine is on another machine, or late.
    """
    number = engine.first_process(container_id)
    directory = os.open(f"/proc/{number}", os.O_PATH | os.O_DIRECTORY)
    try:
        with _open(directory, "cgroup") as file:
            if container_id not in file.read():
                raise LookupError(f"process {number} is not the sandbox's")
        yield directory
    finally:
        os.close(directory)


def _open(directory: int, name: str, flags: int = os.O_RDONLY) -> Any:
    return open(
        name,
        "w" if flags == os.O_WRONLY else "r",
        opener=lambda path, _: os.open(path, flags, dir_fd=directory),
    )


def _memory_cgroup(process: int) -> Path:
    hierarchy = memory_hierarchy()
    with _open(process, "cgroup") as file:
        lines = str(file.read()).splitlines()
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if hierarchy is not None and "memory" in controllers.split(","):
            return hierarchy / path.lstrip("/")
    raise LookupError("the sandbox has no memory cgroup of version 1")
