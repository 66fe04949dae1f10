"""Attacks on the layers of nested sandboxes: which are tried without what, and how that is judged. No
container is needed for that; tests/security/test_experiments.py runs them."""

from dataclasses import replace

import pytest

from executor import ABLATIONS, IN_A_SLOT, LAYERS, Limits, RunResult, Verdict
from executor.experiments import CATALOGUE, Outcome, judge
from executor.experiments.outcomes import Trial
from executor.verdicts import Evidence


def result(stdout: str = "") -> RunResult:
    evidence = Evidence(reported=True)
    return RunResult(verdict=Verdict.OK, stdout=stdout, limits=Limits(), evidence=evidence)


def reason(stdout: str, ablation: str) -> str:
    return judge(CATALOGUE["dead-drop"], result(stdout), ablation).reason


def test_each_ablation_of_a_nested_sandbox_has_an_attack() -> None:
    for slug, ablation in ABLATIONS.items():
        if ablation.nested:
            assert any(one.is_tried_without(slug) for one in CATALOGUE.values()), slug


def test_layer_of_nested_sandboxes_is_never_the_first_of_an_attack() -> None:
    assert not any(LAYERS[name].is_nested for one in CATALOGUE.values() for name in one.layers)
    assert all(LAYERS[name].is_nested for one in CATALOGUE.values() for name in one.in_slot)


def test_slot_as_it_is_is_no_layer() -> None:
    assert IN_A_SLOT.slug not in ABLATIONS
    assert IN_A_SLOT.layer not in LAYERS


@pytest.mark.parametrize(
    ("ablation", "outcome", "expected"),
    [
        ("slot", Outcome.CONTAINED, True),
        ("slot", Outcome.BREACH, False),
        ("nested-network", Outcome.BREACH, True),
        ("nested-network", Outcome.CONTAINED, False),
        ("nested-times", Outcome.CONTAINED, False),
    ],
)
def test_attack_on_nested_sandboxes_gets_through_without_each_layer_that_stops_it(
    ablation: str, outcome: Outcome, expected: bool
) -> None:
    drop = CATALOGUE["dead-drop"]
    finding = replace(judge(drop, result()), outcome=outcome)
    trial = Trial(experiment=drop, ablation=ablation, result=result(), finding=finding)
    assert trial.is_as_expected is expected


@pytest.mark.parametrize(
    ("slug", "ablation", "is_tried"),
    [
        ("dead-drop", "slot", True),
        ("dead-drop", "nested-times", True),
        ("dead-drop", "nested-filter", False),
        ("dead-drop", "seccomp", True),
        ("swap", "slot", False),
        ("swap", "nested-times", False),
        ("swap", "seccomp", True),
        ("swap", "", True),
    ],
)
def test_only_attacks_on_a_layer_of_nested_sandboxes_are_tried_without_it(
    slug: str, ablation: str, is_tried: bool
) -> None:
    assert CATALOGUE[slug].is_tried_without(ablation) is is_tried


def test_reason_in_a_slot_names_the_layers_of_nested_sandboxes() -> None:
    said = "ATTEMPT find a file: blocked (nothing)\n"
    assert reason(said, "slot") == (
        "Contained by the run's own network, the frozen times, the fresh writable places and the run's"
        " own namespaces: the attempt was blocked (nothing)."
    )
    assert "frozen times" not in reason(said, "nested-times")
    assert "container" in reason(said, "")
