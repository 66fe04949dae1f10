"""Runs attacks and judges each: with all layers, or with one removed."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from ..execute import execute
from ..runs import RunResult
from .catalogue import Experiment
from .outcomes import Finding, Outcome, judge


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
        """Whether the outcome is right: contained with all layers, a breach without the attack's first
        layer, or else another layer stopped it. Without any other layer each outcome is right."""
        if not self.ablation:
            return self.finding.outcome is Outcome.CONTAINED
        if self.experiment.breaks_without(self.ablation):
            return self.finding.outcome is Outcome.BREACH
        return True


def attempt(experiment: Experiment, ablation: str = "") -> Trial:
    """Run one attack. Raises EngineError, and InvalidRequest where ablation is not allowed."""
    result = execute(experiment.request(ablation))
    finding = judge(experiment, result)
    return Trial(experiment=experiment, ablation=ablation, result=result, finding=finding)


def drill(
    experiments: Iterable[Experiment], ablation: str = "", *, jobs: int = 1
) -> Iterator[Trial]:
    """Run attacks, `jobs` at a time; yield the trials in the order of the experiments."""
    with ThreadPoolExecutor(jobs, thread_name_prefix="drill") as threads:
        yield from threads.map(partial(attempt, ablation=ablation), experiments)
