"""Runs attacks and says what came of each: all of them, or all of them with each layer taken away."""

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
    """The layer that was taken away; empty if none was."""
    result: RunResult
    finding: Finding

    @property
    def is_as_expected(self) -> bool:
        """With all layers an attack is contained; without the first of its own it gets through, or that
        layer is not what stopped it. What happens without another layer is what one wants to see."""
        if not self.ablation:
            return self.finding.outcome is Outcome.CONTAINED
        if self.experiment.breaks_without(self.ablation):
            return self.finding.outcome is Outcome.BREACH
        return True


def attempt(experiment: Experiment, ablation: str = "") -> Trial:
    """Runs one attack. Raises EngineError, and InvalidRequest where ablation is not allowed."""
    result = execute(experiment.request(ablation))
    finding = judge(experiment, result)
    return Trial(experiment=experiment, ablation=ablation, result=result, finding=finding)


def drill(
    experiments: Iterable[Experiment], ablation: str = "", *, jobs: int = 1
) -> Iterator[Trial]:
    """Runs attacks, `jobs` at a time, and gives what came of each in their order."""
    with ThreadPoolExecutor(jobs, thread_name_prefix="drill") as threads:
        yield from threads.map(partial(attempt, ablation=ablation), experiments)
