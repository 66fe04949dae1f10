"""The lab's experiments as parameters of tests."""

import pytest
from _pytest.mark import ParameterSet

from executor import ABLATIONS, IN_A_SLOT
from executor.experiments import CATALOGUE, Experiment, is_offered

USUAL = ("python", "javascript")
"""Languages of experiments that the whole suite runs."""
OTHERS = tuple({one.language: None for one in CATALOGUE.values() if one.language not in USUAL})


def experiments_in(*languages: str) -> list[ParameterSet]:
    """Return the slugs of all experiments in these languages. Those that cannot run are skipped."""
    return [
        pytest.param(one.slug, id=one.slug, marks=_marks(one))
        for one in CATALOGUE.values()
        if one.language in languages
    ]


def breaking_in(*languages: str) -> list[ParameterSet]:
    """Return each experiment in these languages with the ablation of its first layer."""
    return [
        pytest.param(one.slug, ablation, id=f"{one.slug}-without-{ablation}", marks=_marks(one))
        for one in CATALOGUE.values()
        for ablation in ABLATIONS
        if one.language in languages and one.breaks_without(ablation)
    ]


def tried_in_slots(*languages: str) -> list[ParameterSet]:
    """Return the slugs of all attacks on nested sandboxes in these languages."""
    return [
        pytest.param(one.slug, id=one.slug, marks=_marks(one))
        for one in CATALOGUE.values()
        if one.language in languages and one.is_tried_without(IN_A_SLOT.slug)
    ]


def _marks(experiment: Experiment) -> list[pytest.MarkDecorator]:
    reason = f"EXECUTOR_LANGUAGES does not name {experiment.language}"
    return [pytest.mark.skipif(not is_offered(experiment), reason=reason)]
