"""Decides the outcome of an attack from the run's evidence and the program's own report.

The kernel's counters and the host's clock decide on an attack on a resource: the program's report can
only make the outcome worse. No counter shows, for instance, that a file was read. Then the outcome rests
on the program's report alone, as the finding notes.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from ..limits import KiB, MiB
from ..runs import RunResult
from ..sandbox.output import INVISIBLE, plain_text
from .catalogue import Experiment

ATTEMPT = "ATTEMPT "
"""Beginning of a line of a program's report: `ATTEMPT what: blocked` or `… succeeded (how)`."""
END_AND_HOW = re.compile(r": (blocked|succeeded) \(")
ENDS = ("blocked", "succeeded")


class Outcome(StrEnum):
    """The outcome of an attack."""

    CONTAINED = "contained"
    BREACH = "breach"
    """The attack got something that it should not have."""
    UNPROVEN = "unproven"
    """The attack did not get to its point, so neither is proven."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """A line of the program's report."""

    what: str
    succeeded: bool
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The outcome of an attack and the reason for it."""

    outcome: Outcome
    reason: str
    """One sentence, with the numbers."""
    facts: tuple[str, ...]
    """The evidence of the kernel and the host."""
    attempts: tuple[Attempt, ...]
    """The program's report."""
    rests_on: str
    """The source of the outcome."""


KERNEL = "the kernel's and the host's own evidence"
PROGRAM = "the program's report"
BOTH = "the program's report, while no limit stopped it"


def attempts_in(stdout: str) -> tuple[Attempt, ...]:
    """Read the attempts that a program reports. The text is untrusted, so make it fit for display."""
    lines = plain_text(stdout).splitlines()
    attempts = (_attempt(line[len(ATTEMPT) :]) for line in lines if line.startswith(ATTEMPT))
    return tuple(attempt for attempt in attempts if attempt)


def _attempt(line: str) -> Attempt | None:
    if line.endswith(")"):
        if not (found := END_AND_HOW.search(line, 1)):
            return None
        what, end, how = line[: found.start()], found[1], line[found.end() : -1]
    else:
        what, _, end = line.rpartition(": ")
        how = ""
    if not what or end not in ENDS:
        return None
    return Attempt(what=what, succeeded=end == "succeeded", how=how)


def judge(experiment: Experiment, result: RunResult) -> Finding:
    """Judge an attack; a pure function. A reported success counts as a breach whatever the evidence: an
    attack has no reason to report one falsely, and a false report deserves a look too."""
    attempts = attempts_in(result.stdout)
    facts = facts_of(result)
    outcome, reason = _decide(experiment, result, attempts, facts)
    return Finding(
        outcome=outcome,
        reason=reason,
        facts=facts,
        attempts=attempts,
        rests_on=_rests_on(experiment, result, attempts),
    )


def _rests_on(experiment: Experiment, result: RunResult, attempts: tuple[Attempt, ...]) -> str:
    if not experiment.evidence:
        return PROGRAM
    if not any(attempt.succeeded for attempt in attempts):
        return KERNEL
    return PROGRAM if getattr(result.evidence, experiment.evidence) else BOTH


def _decide(
    experiment: Experiment, result: RunResult, attempts: tuple[Attempt, ...], facts: tuple[str, ...]
) -> tuple[Outcome, str]:
    got = [attempt for attempt in attempts if attempt.succeeded]
    usual = experiment.request().limits
    layers = " and ".join(experiment.layers)
    if got:
        return Outcome.BREACH, "; ".join(
            f"{attempt.what}: succeeded{f' ({attempt.how})' if attempt.how else ''}"
            for attempt in got
        )
    peak = result.usage.memory_peak_bytes
    if peak is not None and peak > usual.memory_bytes:
        return (
            Outcome.BREACH,
            f"it used {_size(peak)}, more than the usual {_size(usual.memory_bytes)}",
        )
    if result.verdict not in experiment.verdicts:
        return (
            Outcome.UNPROVEN,
            f"it ended as {result.verdict}, which proves nothing: {result.error}",
        )
    if INVISIBLE.search(plain_text(result.stdout)):
        return Outcome.BREACH, "its output has invisible characters after cleaning"
    if experiment.evidence:
        if not getattr(result.evidence, experiment.evidence):
            return Outcome.UNPROVEN, f"the evidence is missing ({experiment.evidence})"
        return Outcome.CONTAINED, f"contained by: {layers} ({', '.join(facts)})"
    if not attempts:
        return Outcome.UNPROVEN, "the program reported no attempt"
    how = attempts[-1].how
    return Outcome.CONTAINED, f"contained by: {layers}{f' ({how})' if how else ''}"


def facts_of(result: RunResult) -> tuple[str, ...]:
    """Describe the evidence of the run in words, with the limits."""
    seen, used, limits = result.evidence, result.usage, result.limits
    facts = {
        f"oom_kill {seen.oom_kills}": seen.oom_kills,
        f"{seen.pids_refusals} processes refused at {limits.processes}": seen.pids_refusals,
        f"wall clock of {limits.wall_seconds:g} s ran out": seen.deadline_passed,
        f"CPU time of {limits.cpu_seconds:g} s ran out": seen.cpu_exhausted,
        f"output ended at {_size(limits.output_bytes)}": seen.output_exceeded,
        f"a file system of {_size(limits.disk_bytes)} in {limits.disk_files} files is full": (
            seen.disk_full
        ),
        f"calls refused {seen.calls_refused}": seen.calls_refused,
        f"{seen.processes_at_end} processes or threads alive at the end": seen.processes_at_end,
        f"exit code {seen.exit_code}": seen.exit_code,
        f"signal {seen.signal}": seen.signal,
    }
    if peak := used.memory_peak_bytes:  # only the supervisor reports it
        facts[f"peak {_size(peak)} of {_size(limits.memory_bytes)}"] = True
    return tuple(words for words, is_so in facts.items() if is_so)


def _size(value: int) -> str:
    return f"{value / MiB:.0f} MiB" if value >= MiB else f"{value / KiB:.0f} KiB"
