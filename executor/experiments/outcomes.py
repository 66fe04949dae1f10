"""What came of an attack, decided from the run's evidence and the program's own report.

An attack on a resource is judged by the kernel's counters and the host's clock: what the program says
can only make it worse. Where no counter can know, as when a file was read, the program's word is all
there is, and the finding says so.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from ..limits import KiB, Limits, MiB
from ..runs import RunResult
from ..sandbox.output import INVISIBLE, plain_text
from .catalogue import Experiment

ATTEMPT = "ATTEMPT "
"""How a line of a program's report begins: `ATTEMPT what: blocked` or `… succeeded (how)`."""
END_AND_HOW = re.compile(r": (blocked|succeeded) \(")
ENDS = ("blocked", "succeeded")


class Outcome(StrEnum):
    """What came of an attack."""

    CONTAINED = "contained"
    BREACH = "breach"
    """It got what it should not have."""
    UNPROVEN = "unproven"
    """It did not get to the point: neither is shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """A line of the program's report."""

    what: str
    succeeded: bool
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What came of an attack, and why one may say so."""

    outcome: Outcome
    reason: str
    """One sentence, with the numbers."""
    facts: tuple[str, ...]
    """What the kernel and the host saw."""
    attempts: tuple[Attempt, ...]
    """What the program says."""
    rests_on: str
    """Whose word the outcome is."""


KERNEL = "the kernel's and the host's own evidence"
PROGRAM = "the program's word"
BOTH = "the program's word, and on nobody's having stopped it"


def attempts_in(stdout: str) -> tuple[Attempt, ...]:
    """In a form that is fit to be shown: they are a stranger's words."""
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
    """Pure. A success that the program reports is a breach, whatever else was seen: who attacks has no
    reason to boast of nothing, and if it did, somebody should look."""
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
            f"it had {_size(peak)} of the {_size(usual.memory_bytes)} that are usual",
        )
    if result.verdict not in experiment.verdicts:
        return (
            Outcome.UNPROVEN,
            f"it ended as {result.verdict}, which shows nothing: {result.error}",
        )
    if INVISIBLE.search(plain_text(result.stdout)):
        return Outcome.BREACH, "what is shown of its output is not plain"
    if experiment.evidence:
        if not getattr(result.evidence, experiment.evidence):
            return Outcome.UNPROVEN, f"there is no evidence of it ({experiment.evidence})"
        return Outcome.CONTAINED, f"contained by: {layers} ({', '.join(facts)})"
    if not attempts:
        return Outcome.UNPROVEN, "the program reported no attempt"
    how = attempts[-1].how
    return Outcome.CONTAINED, f"contained by: {layers}{f' ({how})' if how else ''}"


def facts_of(result: RunResult) -> tuple[str, ...]:
    """What was seen of the run, in words, with what was allowed."""
    seen, used, limits = result.evidence, result.usage, result.limits
    told = {
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
    facts = [words for words, there in told.items() if there]
    return (*facts, *_peak(used.memory_peak_bytes, limits))


def _peak(peak: int | None, limits: Limits) -> tuple[str, ...]:
    """Only where the supervisor could report it."""
    return (f"peak {_size(peak)} of {_size(limits.memory_bytes)}",) if peak else ()


def _size(value: int) -> str:
    return f"{value / MiB:.0f} MiB" if value >= MiB else f"{value / KiB:.0f} KiB"
