"""How a run ended, and the evidence that says so."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a finished run ended. Never where a submission stands: that is its status."""

    OK = "ok"
    RUNTIME_ERROR = "runtime_error"
    TIME_LIMIT_EXCEEDED = "time_limit_exceeded"
    MEMORY_LIMIT_EXCEEDED = "memory_limit_exceeded"
    OUTPUT_LIMIT_EXCEEDED = "output_limit_exceeded"
    PROCESS_LIMIT_EXCEEDED = "process_limit_exceeded"
    DISK_LIMIT_EXCEEDED = "disk_limit_exceeded"
    CANCELLED = "cancelled"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Facts seen about an ended run, before judging.

    Counters come from the run's own cgroups and are read by the supervisor after the last process
    of the run has been reaped.
    """

    exit_code: int | None = None
    """0..255 as the main process gave it; None if a signal ended it, or the supervisor did not report."""
    signal: int | None = None
    """Number of the signal that ended the main process."""
    reported: bool = False
    """The supervisor's authenticated report arrived; without it only the host's view is known."""
    deadline_passed: bool = False
    """The wall clock ran out."""
    cpu_exhausted: bool = False
    """The CPU time of all processes together ran out."""
    output_exceeded: bool = False
    """A stream went beyond its cap."""
    cancelled: bool = False
    """The caller asked for the end."""
    oom_kills: int = 0
    """Processes of this run that the kernel killed for memory (memory cgroup)."""
    pids_refusals: int = 0
    """Times the kernel refused a new process or thread (pids cgroup)."""
    processes_at_end: int = 0
    """Processes and threads alive when the run was ended, the supervisor not counted."""
    disk_full: bool = False
    """A writable file system of the run had no block or no inode left at the end."""
    counts_calls: bool | None = None
    """The supervisor was asked before each call that locks or listens; None without a report."""
    calls_refused: int = 0
    """Calls that it refused, because a run may make no more of them."""


def classify(evidence: Evidence) -> Verdict:
    """The first rule that holds wins: a cause that we enforced outranks the exit code it produced.

    A main process that ended well is ok, whatever became of its children. Where a limit was hit and
    the clock ended what was left of the program, the limit is the cause and the clock the effect.
    A fork bomb meets the process limit first and then, now and then, runs out of memory as well, since
    each copy wants some: the processes are the cause.
    """
    if evidence.cancelled:
        return Verdict.CANCELLED
    if evidence.output_exceeded:
        return Verdict.OUTPUT_LIMIT_EXCEEDED
    if evidence.reported and evidence.exit_code == 0:
        return Verdict.OK
    return _limit_behind(evidence) or _end_by_itself(evidence)


def _limit_behind(evidence: Evidence) -> Verdict | None:
    if evidence.pids_refusals:
        return Verdict.PROCESS_LIMIT_EXCEEDED
    if evidence.oom_kills:
        return Verdict.MEMORY_LIMIT_EXCEEDED
    if evidence.deadline_passed or evidence.cpu_exhausted:
        return Verdict.TIME_LIMIT_EXCEEDED
    if evidence.disk_full:
        return Verdict.DISK_LIMIT_EXCEEDED
    return None


def _end_by_itself(evidence: Evidence) -> Verdict:
    """Without the supervisor's word an exit code says how the supervisor ended, not the program."""
    return Verdict.RUNTIME_ERROR if evidence.reported else Verdict.INTERNAL_ERROR
