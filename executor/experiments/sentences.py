"""Writes the outcome of an attack as one sentence, and its evidence as short facts."""

import errno
import os
import signal
from collections.abc import Callable, Sequence

from ..limits import Limits, size_of
from ..runs import RunResult
from ..sandbox.ablations import ABLATIONS, Ablation
from .catalogue import Experiment
from .report import Attempt

QUOTED_CHARACTERS = 120
"""The most that a sentence quotes of one text of the program's report."""
QUOTED_ATTEMPTS = 3

MEANINGS = {
    **{name: os.strerror(number).lower() for number, name in errno.errorcode.items()},
    signal.SIGSYS.name: "bad system call",
}
"""The names of errors that attacks report."""

PHRASES = {
    "wall clock": "the time limit",
    "cpu time": "the CPU time limit",
    "processors": "the CPU quota",
    "output cap": "the output limit",
    "memory cgroup": "the memory limit",
    "no swap": "the ban on swap",
    "pids cgroup": "the process limit",
    "tmpfs size": "the disk limit",
    "tmpfs inodes": "the limit on files",
    "file size": "the file size limit",
    "open files": "the limit on open files",
    "counted calls": "the limit on counted calls",
    "network settings": "the settings of the sandbox's network",
    "core dumps": "the core dump limit",
    "no network": "the missing network",
    "no mounts": "the lack of host mounts",
    "read-only root": "the read-only file system",
    "noexec": "the ban on running files from writable directories",
    "masked paths": "the masked paths",
    "read-only paths": "the read-only kernel settings",
    "read-only cgroups": "the read-only control groups",
    "environment": "the clean environment",
    "image": "the small image",
    "cgroup namespace": "the cgroup namespace",
    "pid namespace": "the PID namespace",
    "own IPC": "the private IPC namespace",
    "one container per run": "the run's own container",
    "non-root user": "the unprivileged user",
    "capabilities": "the missing capabilities",
    "no new privileges": "the no_new_privs switch",
    "seccomp": "the system call filter",
    "ulimits": "the hard resource limits",
    "kernel": "the kernel itself",
    "supervisor": "the supervisor",
    "own stream": "the supervisor's own stream",
    "output decoding": "the cleaning of the output",
    "inert pages": "the escaping in our pages",
    "engine": "the container engine",
    "nested filter": "the nested sandbox's filter",
    "nested capabilities": "the dropped capabilities",
    "nested network": "the run's own network",
    "nested settings": "the settings of the nested sandbox's network",
    "nested proc": "the fresh /proc",
    "nested masks": "the masks in the nested sandbox",
    "nested times": "the frozen times",
    "nested places": "the fresh writable places",
    "nested namespaces": "the run's own namespaces",
}
"""Each layer as the end of the sentence "The attack was contained by …"."""


def phrase(layers: Sequence[str]) -> str:
    """Name layers in a sentence."""
    *most, last = (PHRASES[layer] for layer in layers)
    return f"{', '.join(most)} and {last}" if most else last


def contained(
    experiment: Experiment, result: RunResult, attempts: Sequence[Attempt], ablation: str = ""
) -> str:
    """Say which layer stopped the attack, and how that showed."""
    told = EVIDENCE.get(experiment.evidence)
    how = told(experiment, result) if told else _blocked(attempts)
    gone, meant = layers_of(ablation), experiment.layers_in(ablation)
    left = [layer for layer in meant if layer not in gone]
    if left:
        return f"Contained by {phrase(left)}: {how}."
    return f"Contained, even with {phrase(meant)} weakened: {how}."


def layers_of(ablation: str) -> set[str]:
    """Return the names of the layers that an ablation weakens."""
    if ablation not in ABLATIONS:
        return set()
    return {ABLATIONS[ablation].layer, *ABLATIONS[ablation].helped_by}


def change_of(ablation: Ablation, limits: Limits) -> str:
    """Describe how a sandbox with these limits is weakened: "512 MiB instead of 128 MiB"."""
    if not ablation.limits:
        return ablation.change
    raised = ablation.limits_for(limits)
    return ", ".join(
        _raised(name, getattr(limits, name), getattr(raised, name)) for name in ablation.limits
    )


def lowered(limits: Limits, usual: Limits) -> str:
    """Name the times that are shorter than usual: "1.5 s of time instead of 10 s"; empty if none is."""
    return ", ".join(
        f"{getattr(limits, name):g} s of {what} instead of {getattr(usual, name):g} s"
        for name, what in {"wall_seconds": "time", "cpu_seconds": "CPU time"}.items()
        if getattr(limits, name) < getattr(usual, name)
    )


def _raised(name: str, usual: float, value: float) -> str:
    """Describe one limit. An attack's usual limit may be higher already."""
    was, now = _limit(name, usual), _limit(name, value)
    return f"{now} instead of {was}" if value > usual else f"stays at {was}"


def _limit(name: str, value: float) -> str:
    if name.endswith("_bytes"):
        return size_of(int(value))
    return f"{value:g} s" if name.endswith("_seconds") else f"{value:,g}"


def breach(attempts: Sequence[Attempt]) -> str:
    """Say what the attack got, in the program's own words."""
    got = [attempt for attempt in attempts if attempt.succeeded]
    said = ", ".join(_quoted(attempt) for attempt in got[:QUOTED_ATTEMPTS])
    if len(attempts) == 1:
        return f"The attack succeeded: {said}."
    how_many = f"All {len(got)}" if len(got) == len(attempts) else f"{len(got)} of {len(attempts)}"
    among = ", among them" if len(got) > QUOTED_ATTEMPTS else ":"
    return f"{how_many} attempts succeeded{among} {said}."


def _quoted(attempt: Attempt) -> str:
    how = f" ({_short(attempt.how)})" if attempt.how else ""
    return f"“{_short(attempt.what)}”{how}"


def _short(text: str) -> str:
    return text if len(text) <= QUOTED_CHARACTERS else f"{text[: QUOTED_CHARACTERS - 1]}…"


def _blocked(attempts: Sequence[Attempt]) -> str:
    """Say that all attempts were blocked, and how the last one was."""
    how = _explained(attempts[-1].how)
    if len(attempts) == 1:
        return f"the attempt was blocked{f' ({how})' if how else ''}"
    all_of_them = "both" if len(attempts) == 2 else f"all {len(attempts)}"
    last = "" if len({attempt.how for attempt in attempts}) == 1 else "the last: "
    return f"{all_of_them} attempts were blocked{f' ({last}{how})' if how else ''}"


def _explained(how: str) -> str:
    """Add its meaning to the name of an error: "EPERM" becomes "EPERM, operation not permitted"."""
    name, _, rest = how.partition(" ")
    meaning = MEANINGS.get(name)
    return _short(f"{name}, {meaning}{f', {rest}' if rest else ''}" if meaning else how)


def facts_of(result: RunResult) -> tuple[str, ...]:
    """Describe the evidence of the run in words, with the limits."""
    seen, used, limits = result.evidence, result.usage, result.limits
    facts = {
        f"The kernel killed {_number(seen.oom_kills, 'process', 'processes')} for memory"
        " (oom_kill).": seen.oom_kills,
        f"The kernel refused {_number(seen.pids_refusals, 'process', 'processes')} above the limit of"
        f" {limits.processes} (pids.max).": seen.pids_refusals,
        f"The time limit of {limits.wall_seconds:g} s ran out.": seen.deadline_passed,
        f"The CPU time limit of {limits.cpu_seconds:g} s ran out.": seen.cpu_exhausted,
        f"A stream of output reached its limit of {size_of(limits.output_bytes)}.": (
            seen.output_exceeded
        ),
        f"A writable file system of {size_of(limits.disk_bytes)} and {limits.disk_files:,} files was full"
        " at the end.": seen.disk_full,
        f"The supervisor refused {_number(seen.calls_refused, 'call', 'calls')}.": (
            seen.calls_refused
        ),
        f"{_number(seen.processes_at_end, 'process or thread was', 'processes and threads were')}"
        " alive at the end.": seen.processes_at_end,
        f"Exit code {seen.exit_code}.": seen.exit_code,
        f"Ended by signal {_signal(seen.signal)}.": seen.signal,
    }
    if peak := used.memory_peak_bytes:  # only the supervisor reports it
        facts[f"Memory: {size_of(peak)} at most, of {size_of(limits.memory_bytes)} allowed."] = True
    return tuple(words for words, is_so in facts.items() if is_so)


def _oom_kills(_: Experiment, result: RunResult) -> str:
    kills = result.evidence.oom_kills
    killed = "a process" if kills == 1 else f"{kills} processes"
    return f"the kernel killed {killed} at {size_of(result.limits.memory_bytes)}"


def _pids_refusals(_: Experiment, result: RunResult) -> str:
    refusals, most = result.evidence.pids_refusals, result.limits.processes
    if refusals == 1:
        return f"the {_ordinal(most + 1)} process was refused"
    return f"the kernel refused {refusals} processes above {most}"


def _disk_full(experiment: Experiment, result: RunResult) -> str:
    limits = result.limits
    by_files = experiment.layers[0] == "tmpfs inodes"
    full = f"{limits.disk_files:,} files" if by_files else size_of(limits.disk_bytes)
    return f"the file system was full at {full}"


def _processes_at_end(_: Experiment, result: RunResult) -> str:
    left = result.evidence.processes_at_end
    return (
        "the process left behind was killed"
        if left == 1
        else f"{left} processes left behind were killed"
    )


EVIDENCE: dict[str, Callable[[Experiment, RunResult], str]] = {
    "deadline_passed": lambda _, result: f"it was killed after {result.limits.wall_seconds:g} s",
    "cpu_exhausted": lambda _, result: (
        f"it was killed after {result.limits.cpu_seconds:g} s of CPU time in all its processes"
    ),
    "oom_kills": _oom_kills,
    "pids_refusals": _pids_refusals,
    "disk_full": _disk_full,
    "output_exceeded": lambda _, result: (
        f"the run was ended at {size_of(result.limits.output_bytes)} of output"
    ),
    "calls_refused": lambda _, result: (
        f"the supervisor refused {_number(result.evidence.calls_refused, 'call', 'calls')}"
    ),
    "processes_at_end": _processes_at_end,
    "exit_code": lambda _, result: (
        f"the forged report was ignored, and the real exit code is {result.evidence.exit_code}"
    ),
}
"""What happened, by the field of Evidence that proves it."""


def _number(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _signal(number: int | None) -> str:
    try:
        return f"{number} ({signal.Signals(number or 0).name})"
    except ValueError:  # a real-time signal has no name
        return str(number)
