"""How a run ended, and the evidence for it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a finished run ended. The state of a submission is its status, never a verdict."""

    OK = "ok"
    COMPILE_ERROR = "compile_error"
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
    """Facts about an ended run, before judging.

    The supervisor reads the counters from the run's own cgroups, after the last process of the run, or
    about a second after it has killed them.
    """

    exit_code: int | None = None
    """The main process's, 0..255; None if a signal ended it, or the supervisor did not report."""
    signal: int | None = None
    """Number of the signal that ended the main process."""
    reported: bool = False
    """The supervisor's authenticated report arrived. Without it only the host's view is known."""
    deadline_passed: bool = False
    """The wall clock ran out, also if the CPU time did so just before."""
    idle_passed: bool = False
    """An interactive run did nothing for as long as it may."""
    cpu_exhausted: bool = False
    """The CPU time of all processes together ran out."""
    output_exceeded: bool = False
    """A stream exceeded its cap."""
    cancelled: bool = False
    """The caller cancelled the run."""
    oom_kills: int = 0
    """Processes of this run that the kernel killed for memory (memory cgroup)."""
    pids_refusals: int = 0
    """Times the kernel refused a new process or thread (pids cgroup)."""
    processes_at_end: int = 0
    """Processes and threads alive when the run ended, without the supervisor."""
    disk_full: bool = False
    """A writable file system of the run had no block or no inode left at the end."""
    counts_calls: bool | None = None
    """Whether the supervisor counts the calls that lock or listen; None without a report."""
    calls_refused: int = 0
    """Calls that the supervisor refused, beyond the number that a run may make."""
    input_left: int | None = None
    """Bytes of the standard input that the program has not taken; 0 if its next read would have found the
    end of input. None without a report."""
    memory_peak_is_sampled: bool = False
    """An earlier run in the same slot took more memory than this one. The kernel keeps one peak for both,
    so this one's is the most that was seen in samples: the true peak may be higher."""
    compile_failed: bool = False
    """The runner reported that the program could not be compiled, and the facts agree with it: exit code
    1, nothing on stdout, nothing taken from stdin, no process left. A program that behaves the same can
    forge the report."""
    in_compiler: bool = False
    """The run ended in the compiler: it failed, or was at work when a limit ended the run. So nothing of
    the program ran. Only in languages that compile, whose programs cannot forge the report."""
    error_report_refused: bool = False
    """Something came over the channel for the runner's error report that is not one valid report, so the
    program itself has written there. It counts as no report."""

    @property
    def input_used_up(self) -> bool:
        """Whether the program's next read would have found the end of its input."""
        return self.input_left == 0

    @property
    def ended_by_itself(self) -> bool:
        """Whether the program ended with an exit code, and nothing stopped it."""
        stopped = (
            self.deadline_passed,
            self.idle_passed,
            self.cpu_exhausted,
            self.output_exceeded,
            self.cancelled,
        )
        return self.reported and self.exit_code is not None and not any(stopped)

    @property
    def is_plain_exit(self) -> bool:
        """Whether the program ended with an exit code, and met no limit on the way."""
        met = (self.oom_kills, self.pids_refusals, self.disk_full, self.calls_refused)
        return self.ended_by_itself and not any(met)


def classify(evidence: Evidence) -> Verdict:
    """Judge how a run ended. The first rule that holds wins: an enforced limit outranks the exit code.

    If the main process ended well, the verdict is ok, whatever its children did. If a run hit a limit and
    the clock ended the rest of it, the limit is the cause and the clock the effect. A fork bomb hits the
    process limit first; sometimes it also runs out of memory, since each copy takes some. The processes
    are the cause. A compile error comes last: its evidence is the only one that a program can forge.
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
    if evidence.deadline_passed or evidence.idle_passed or evidence.cpu_exhausted:
        return Verdict.TIME_LIMIT_EXCEEDED
    if evidence.disk_full:
        return Verdict.DISK_LIMIT_EXCEEDED
    return None


def _end_by_itself(evidence: Evidence) -> Verdict:
    """Judge a run that no limit ended. Without a report the exit code is not the program's, but the
    supervisor's own."""
    if not evidence.reported:
        return Verdict.INTERNAL_ERROR
    return Verdict.COMPILE_ERROR if evidence.compile_failed else Verdict.RUNTIME_ERROR
