"""Decides the outcome of an attack from the run's evidence and the program's own report.

The kernel's counters and the host's clock decide on an attack on a resource: the program's report can
only make the outcome worse. No counter shows, for instance, that a file was read. Then the outcome rests
on the program's report alone, as the finding notes.
"""

from dataclasses import dataclass
from enum import StrEnum

from ..limits import MiB, size_of
from ..runs import RunResult
from ..sandbox.ablations import IN_A_SLOT
from ..sandbox.output import INVISIBLE, plain_text
from .catalogue import Experiment
from .report import Attempt, attempts_in
from .sentences import breach, contained, facts_of

BEYOND_BYTES = MiB
"""How far the kernel's peak may be above the limit. An allocation that can't wait for memory to be freed
is charged all the same (try_charge_memcg() in mm/memcontrol.c): some pages, for instance when a process
that has used up the memory gets a signal."""


class Outcome(StrEnum):
    """The outcome of an attack."""

    CONTAINED = "contained"
    BREACH = "breach"
    """The attack got something that it should not have."""
    UNPROVEN = "unproven"
    """The attack did not get to its point, so neither is proven."""


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


KERNEL = "the counters of the kernel and the service, whatever the program prints"
PROGRAM = "the program's own report, because no counter shows it"
BOTH = "the program's own report, and no limit stopped it"


def judge(experiment: Experiment, result: RunResult, ablation: str = "") -> Finding:
    """Judge an attack; a pure function. A reported success counts as a breach whatever the evidence: an
    attack has no reason to report one falsely, and a false report deserves a look too.

    `ablation` names the layer that the sandbox lacked, so that the reason does not give it the credit.
    """
    attempts = attempts_in(result.stdout)
    outcome, reason = _decide(experiment, result, attempts, ablation)
    return Finding(
        outcome=outcome,
        reason=reason,
        facts=facts_of(result),
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
    experiment: Experiment, result: RunResult, attempts: tuple[Attempt, ...], ablation: str
) -> tuple[Outcome, str]:
    if any(attempt.succeeded for attempt in attempts):
        return Outcome.BREACH, breach(attempts)
    peak, allowed = result.usage.memory_peak_bytes, experiment.request().limits.memory_bytes
    if peak is not None and peak > allowed + BEYOND_BYTES:
        used, most = size_of(peak), size_of(allowed)
        return Outcome.BREACH, f"The run used {used} of memory; {most} are allowed."
    if result.verdict not in experiment.verdicts:
        why = f" {result.error}." if result.error else ""
        return Outcome.UNPROVEN, f"Inconclusive: the run ended as {result.verdict}.{why}"
    if result.evidence.in_compiler is not experiment.attacks_compiler:
        at = "while it was compiled" if result.evidence.in_compiler else "after it was compiled"
        return Outcome.UNPROVEN, f"Inconclusive: the run ended {at}."
    if INVISIBLE.search(plain_text(result.stdout)):
        return Outcome.BREACH, "The output has invisible characters after cleaning."
    if experiment.evidence and not getattr(result.evidence, experiment.evidence):
        return Outcome.UNPROVEN, f"Inconclusive: the evidence is missing ({experiment.evidence})."
    if not experiment.evidence and not attempts:
        return Outcome.UNPROVEN, "Inconclusive: the program reported no attempt."
    return Outcome.CONTAINED, contained(experiment, result, attempts, ablation)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One attack, run once."""

    experiment: Experiment
    ablation: str
    """The layer that was removed; empty if none was."""
    result: RunResult
    finding: Finding

    @property
    def is_as_expected(self) -> bool:
        """Whether the outcome is right: contained with all layers, in a slot too; a breach without the
        attack's first layer, or else another layer stopped it. Without any other layer each outcome is
        right."""
        if self.ablation in ("", IN_A_SLOT.slug):
            return self.finding.outcome is Outcome.CONTAINED
        if self.experiment.breaks_without(self.ablation):
            return self.finding.outcome is Outcome.BREACH
        return True
