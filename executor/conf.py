"""The only reader of the site's settings in this package."""

from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from django.conf import settings

from .limits import Limits


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutorConfig:
    """How this deployment runs code. Each field is a setting of the same name, EXECUTOR_ before it."""

    instance: str
    """Names this deployment; containers of other instances on the same engine are never touched."""
    image_prefix: str
    """Images are called <prefix>-<language>."""
    runtime: str
    """OCI runtime that the engine knows: runc, crun, runsc, …"""
    pool_size: int
    """The fewest started sandboxes kept waiting for each language; 0 starts each run cold."""
    pool_memory_bytes: int
    """What all waiting sandboxes together may take; how many wait follows demand up to this."""
    max_runs: int
    """Runs at the same time in this process."""
    extra_runs: int
    """Runs beyond these, of users who have none and have lately used little."""
    max_waiting: int
    """Callers that may wait for a place; more are refused at once."""
    queue_seconds: float
    """The longest wait for a place."""
    ablation: bool
    """Whether sandboxes with a layer weakened may be made (sandbox/ablations.py)."""
    inet_sockets: str
    """Whether programs have TCP and UDP on their loopback: "auto", "yes" or "no"."""
    self_check_seconds: int
    """Between self-checks; 0 is none."""
    uids: range
    """Host user ids for sandboxes: each has one to itself while it is there."""
    limits: Limits = field(default_factory=Limits)


@cache
def config() -> ExecutorConfig:
    """The deployment's configuration, read once a process."""
    return ExecutorConfig(
        instance=settings.EXECUTOR_INSTANCE,
        image_prefix=settings.EXECUTOR_IMAGE_PREFIX,
        runtime=settings.EXECUTOR_RUNTIME,
        pool_size=settings.EXECUTOR_POOL_SIZE,
        pool_memory_bytes=settings.EXECUTOR_POOL_MEMORY_BYTES,
        max_runs=settings.EXECUTOR_MAX_RUNS,
        extra_runs=settings.EXECUTOR_EXTRA_RUNS,
        max_waiting=settings.EXECUTOR_MAX_WAITING,
        queue_seconds=settings.EXECUTOR_QUEUE_SECONDS,
        ablation=settings.EXECUTOR_ABLATION,
        inet_sockets=settings.EXECUTOR_INET_SOCKETS,
        self_check_seconds=settings.EXECUTOR_SELF_CHECK_SECONDS,
        uids=settings.EXECUTOR_UIDS,
        limits=Limits(
            wall_seconds=settings.EXECUTOR_WALL_SECONDS,
            cpu_seconds=settings.EXECUTOR_CPU_SECONDS,
            cpus=settings.EXECUTOR_CPUS,
            memory_bytes=settings.EXECUTOR_MEMORY_BYTES,
            processes=settings.EXECUTOR_PROCESSES,
            output_bytes=settings.EXECUTOR_OUTPUT_BYTES,
            disk_bytes=settings.EXECUTOR_DISK_BYTES,
            disk_files=settings.EXECUTOR_DISK_FILES,
            open_files=settings.EXECUTOR_OPEN_FILES,
        ),
    )


def default_limits() -> Limits:
    """What a run may use in this deployment unless its request asks for less."""
    return config().limits


def ablation_is_allowed() -> bool:
    return config().ablation


def in_force() -> dict[str, Any]:
    """The whole configuration as plain data, for the record. There is no secret in it."""
    uids = config().uids
    return asdict(config()) | {"uids": f"{uids[0]}-{uids[-1]}"}
