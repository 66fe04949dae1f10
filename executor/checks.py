"""Checks of engine, kernel and images: at start, and for `manage.py check --deploy`."""

import pwd
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register

from .choices import images
from .conf import config
from .errors import EngineError
from .sandbox import confinement, engine, probe

TAG = "sandboxes"
"""The tag of these checks, by which a process that runs code runs them at its start."""


@register(Tags.security, TAG, deploy=True)
def engine_can_confine(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Check that the engine answers and that its kernel has every layer that the spec uses.

    Where a cgroup controller is missing, Docker only warns and starts the container without the
    limit.
    """
    try:
        info = engine.information()
    except EngineError as error:
        return [Error(str(error), hint="Start it: `make engine`.", id="executor.E001")]
    missing = [name for key, name in REQUIRED.items() if not info.get(key)]
    found: list[CheckMessage] = [
        Error(f"The engine's kernel has no {name}.", id="executor.E002") for name in missing
    ]
    if not any("seccomp" in option for option in info.get("SecurityOptions") or ()):
        found.append(Error("The engine has no seccomp.", id="executor.E003"))
    if config().runtime not in (info.get("Runtimes") or {}):
        found.append(Error(f"The engine has no runtime {config().runtime!r}.", id="executor.E004"))
    if not info.get("SwapLimit"):
        found.append(
            Warning(
                "The kernel does not account for swap: a run may use as much swap as memory.",
                id="executor.W001",
            )
        )
    return found


CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")


@register(Tags.security, TAG, deploy=True)
def crashes_start_nothing(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Check what this machine's kernel does with a core dump, assuming that the engine runs here."""
    try:
        pattern = CORE_PATTERN.read_text()
    except OSError:  # no Linux, so the engine is elsewhere
        return []
    if pattern.startswith("|"):
        return [
            Warning(
                "kernel.core_pattern names a program that the kernel starts as root for each crash.",
                hint="Only the limit of 1 for core dumps keeps sandboxes from it. Better name a file.",
                id="executor.W002",
            )
        ]
    if pattern.startswith("@"):
        return [
            Warning(
                "kernel.core_pattern names a socket: each crash in a sandbox connects to it.",
                hint="No limit of a sandbox prevents that. Name a file.",
                id="executor.W003",
            )
        ]
    return []


@register(Tags.security, TAG, deploy=True)
def sockets_are_bounded(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Check that socket memory has a bound, where the kernel does not charge it to the memory limit."""
    try:
        sockets = confinement.sockets()
    except EngineError:
        return []  # `engine_can_confine` reports it
    if sockets is confinement.Sockets.UNBOUNDED:
        return [
            Warning(
                "One run can take the memory that the machine has for all TCP and UDP:"
                f" {confinement.WHY_CLOSED}, and EXECUTOR_INET_SOCKETS=yes keeps these sockets.",
                hint="EXECUTOR_INET_SOCKETS=auto closes them, or let the service run as root.",
                id="executor.W004",
            )
        ]
    if sockets is confinement.Sockets.CLOSED and config().inet_sockets == "auto":
        return [
            Info(
                f"Programs have no TCP and UDP, not even on a loopback: {confinement.WHY_CLOSED}.",
                hint="On a kernel with cgroup v2 they stay open, as it counts their memory.",
                id="executor.I001",
            )
        ]
    return []


@register(Tags.security, TAG, deploy=True)
def user_ids_are_free(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Check that the engine has all the sandboxes' user ids, and that nobody on this machine uses one.

    An engine on another machine has other users, which are not visible from here.
    """
    uids = config().uids
    try:
        options = engine.information().get("SecurityOptions") or ()
    except EngineError:
        return []  # `engine_can_confine` reports it
    found: list[CheckMessage] = []
    if uids[-1] > MAPPED_ID_MAX and any(
        name in option for option in options for name in ("userns", "rootless")
    ):
        found.append(
            Error(
                f"The engine maps user ids, usually 0-{MAPPED_ID_MAX}, and has no {uids[-1]}.",
                hint="Set EXECUTOR_UIDS to ids that it has, such as 10000-60000.",
                id="executor.E006",
            )
        )
    found += [
        Warning(
            f"{name} on this machine has ids of EXECUTOR_UIDS: {ids[0]}-{ids[-1]}.",
            hint="Set EXECUTOR_UIDS to ids that nobody has.",
            id="executor.W005",
        )
        for name, ids in _users_of_this_machine()
        if ids and ids[0] <= uids[-1] and uids[0] <= ids[-1]
    ]
    return found


def _users_of_this_machine() -> list[tuple[str, range]]:
    """Find the ids of accounts, and the ranges for their user namespaces (subuid(5))."""
    found = [
        (f"user {entry.pw_name!r}", range(entry.pw_uid, entry.pw_uid + 1))
        for entry in pwd.getpwall()
    ]
    try:
        lines = SUBORDINATE_IDS.read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        name, _, ids = line.partition(":")
        start, _, count = ids.partition(":")
        if start.isdigit() and count.isdigit():
            found.append(
                (f"a user namespace of {name!r}", range(int(start), int(start) + int(count)))
            )
    return found


@register(Tags.security, TAG, deploy=True)
def slots_are_possible(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Check that slots, if the settings ask for them, work on this engine and kernel."""
    if config().isolation == "container":
        return []
    if config().pool_size == 0:
        return [
            Warning(
                "EXECUTOR_ISOLATION=auto has no effect: EXECUTOR_POOL_SIZE=0 keeps no container.",
                hint="Let the pool have a size.",
                id="executor.W006",
            )
        ]
    try:
        found = probe.probe()
    except EngineError:
        return []  # `engine_can_confine` reports it
    if not found.step:
        return []
    if found.lane == "slot":
        return [
            Info(
                f"Runs boot their runtime, although EXECUTOR_BOOT=fork: {found.reason}.",
                hint="EXECUTOR_BOOT=exec says that this is meant.",
                id="executor.I003",
            )
        ]
    return [
        Info(
            f"Each run gets a container of its own: a slot failed at {found.step}: {found.reason}.",
            hint="EXECUTOR_ISOLATION=container says that this is meant.",
            id="executor.I002",
        )
    ]


@register(Tags.security, TAG, deploy=True)
def images_are_built(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Check that the image of every offered language is there."""
    found: list[CheckMessage] = []
    for slug in images():
        try:
            engine.image(f"{config().image_prefix}-{slug}")
        except EngineError as error:
            found.append(Error(str(error), id="executor.E005"))
    return found


SUBORDINATE_IDS = Path("/etc/subuid")
MAPPED_ID_MAX = 65535
"""The last id of a user namespace, as distributions set it up."""
REQUIRED = {
    "MemoryLimit": "memory limit",
    "PidsLimit": "process limit (pids cgroup)",
    "CpuCfsQuota": "CPU quota",
}
