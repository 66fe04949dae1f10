"""Runs attacks and judges each: with all layers, or with one removed."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from ..execute import execute
from ..pool.slots import Owner
from .catalogue import Experiment
from .outcomes import Trial, judge


def attempt(
    experiment: Experiment,
    ablation: str = "",
    *,
    read_only: bool = True,
    owner: Owner | None = None,
) -> Trial:
    """Run one attack, as a run of `owner` if there is one. Raises EngineError, and InvalidRequest where
    ablation is not allowed."""
    request = replace(experiment.request(ablation), read_only=read_only)
    result = execute(request, owner=owner)
    finding = judge(experiment, result, ablation)
    return Trial(experiment=experiment, ablation=ablation, result=result, finding=finding)


def drill(
    experiments: Iterable[Experiment],
    ablation: str = "",
    *,
    jobs: int = 1,
    read_only: bool = True,
    owner: Owner | None = None,
) -> Iterator[Trial]:
    """Run attacks, `jobs` at a time; yield the trials in the order of the experiments."""
    one = partial(attempt, ablation=ablation, read_only=read_only, owner=owner)
    with ThreadPoolExecutor(jobs, thread_name_prefix="drill") as threads:
        yield from threads.map(one, experiments)
