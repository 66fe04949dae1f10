"""The only reader of the site's settings in this package."""

from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from django.conf import settings

from .limits import Limits


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutorConfig:
    """How this deployment runs code. Field `name` is the setting EXECUTOR_NAME."""

    instance: str
    """Name of this deployment. It never touches containers of other instances on the same engine."""
    image_prefix: str
    """Images are called <prefix>-<language>; languages of one runtime share one."""
    languages: tuple[str, ...]
    """Slugs of the languages that this deployment offers."""
    suites: dict[str, str]
    """Debian releases of images, by language; the others are built on their languages' own."""
    runtime: str
    """An OCI runtime of the engine: runc, crun, runsc, …"""
    pool_size: int
    """The fewest idle sandboxes kept for each language (of some, a part: `Language.idle_share`); 0 starts
    each run cold."""
    pool_memory_bytes: int
    """The most that all idle sandboxes and slots together may take; the number of sandboxes follows
    demand up to this, and slots may have the rest."""
    isolation: str
    """"container": no container serves two runs; "auto": one may serve runs of one user."""
    boot: str
    """How a slot starts the runtime of each run: "exec", or "fork" from one that has booted."""
    slot_runs: int
    """A slot, a container that serves runs of one user, retires after this many."""
    slot_seconds: float
    """It retires after this time without a run."""
    max_runs: int
    """Runs at the same time in this process."""
    extra_runs: int
    """Runs beyond `max_runs`, for users who have none and have lately used little."""
    max_waiting: int
    """Callers who may wait for a place; others are refused at once."""
    queue_seconds: float
    """The longest wait for a place."""
    interactive_idle_seconds: float
    """The longest time in which an interactive run may do nothing (`Limits.idle_seconds`)."""
    interactive_seconds: float
    """The longest time of an interactive run, instead of `limits.wall_seconds`."""
    ablation: bool
    """Whether sandboxes may have a layer weakened (sandbox/ablations.py)."""
    inet_sockets: str
    """Whether programs have TCP and UDP on their loopback: "auto", "yes" or "no"."""
    self_check_seconds: int
    """Time between self-checks; 0 turns them off."""
    uids: range
    """Host user ids for sandboxes. No two sandboxes share one at a time."""
    limits: Limits = field(default_factory=Limits)


@cache
def config() -> ExecutorConfig:
    """The deployment's configuration, read once a process."""
    return ExecutorConfig(
        instance=settings.EXECUTOR_INSTANCE,
        image_prefix=settings.EXECUTOR_IMAGE_PREFIX,
        languages=tuple(settings.EXECUTOR_LANGUAGES),
        suites=settings.EXECUTOR_SUITES,
        runtime=settings.EXECUTOR_RUNTIME,
        pool_size=settings.EXECUTOR_POOL_SIZE,
        pool_memory_bytes=settings.EXECUTOR_POOL_MEMORY_BYTES,
        isolation=settings.EXECUTOR_ISOLATION,
        boot=settings.EXECUTOR_BOOT,
        slot_runs=settings.EXECUTOR_SLOT_RUNS,
        slot_seconds=settings.EXECUTOR_SLOT_SECONDS,
        max_runs=settings.EXECUTOR_MAX_RUNS,
        extra_runs=settings.EXECUTOR_EXTRA_RUNS,
        max_waiting=settings.EXECUTOR_MAX_WAITING,
        queue_seconds=settings.EXECUTOR_QUEUE_SECONDS,
        interactive_idle_seconds=settings.EXECUTOR_INTERACTIVE_IDLE_SECONDS,
        interactive_seconds=settings.EXECUTOR_INTERACTIVE_SECONDS,
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
    """The limits of a run whose request sets none, in a language that needs no higher ones."""
    return config().limits


def ablation_is_allowed() -> bool:
    return config().ablation


def settings_snapshot() -> dict[str, Any]:
    """Copy the whole configuration as plain data, for the audit. It has no secret."""
    uids = config().uids
    return asdict(config()) | {"uids": f"{uids[0]}-{uids[-1]}"}
