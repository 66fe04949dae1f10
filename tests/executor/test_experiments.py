"""The catalogue, and how an outcome follows from what was seen: no container is needed for that."""

import re
from dataclasses import fields, replace

import pytest

from executor import ABLATIONS, LANGUAGES, LAYERS, Evidence, Limits, RunResult, Usage, Verdict
from executor.experiments import (
    CATALOGUE,
    CatalogueError,
    Outcome,
    catalogue,
    documents,
    judge,
    record,
)
from executor.limits import MiB

FAMILIES = {experiment.family for experiment in CATALOGUE.values()}
REFERENCE = re.compile(r"CVE-\d{4}-\d{4,}|CWE-\d+|ATT&CK T\d{4}(\.\d{3})?")


def result(verdict=Verdict.OK, stdout="", memory=0, **evidence):
    return RunResult(
        verdict=verdict,
        stdout=stdout,
        limits=Limits(),
        usage=Usage(memory_peak_bytes=memory),
        evidence=Evidence(reported=True, **evidence),
    )


def outcome(slug, *args, **kwargs):
    return judge(CATALOGUE[slug], result(*args, **kwargs)).outcome


def test_there_are_at_least_forty_different_attacks():
    assert len(FAMILIES) >= 40


def test_every_program_file_belongs_to_an_experiment():
    files = {
        str(path.relative_to(catalogue.HERE))
        for language in LANGUAGES
        for path in (catalogue.HERE / language).glob("*")
        if path.is_file()
    }
    assert files == {experiment.file for experiment in CATALOGUE.values()}


def test_every_layer_is_attacked_by_an_experiment():
    attacked = {layer for experiment in CATALOGUE.values() for layer in experiment.layers}
    assert LAYERS.keys() - attacked == {"kernel"}  # not one of our layers


@pytest.mark.parametrize("slug", CATALOGUE)
def test_experiment_is_described(slug):
    experiment = CATALOGUE[slug]
    for text in (experiment.title, experiment.tries, experiment.teaches, experiment.beyond):
        assert text.strip()
    assert experiment.references
    assert all(REFERENCE.fullmatch(reference) for reference in experiment.references)


@pytest.mark.parametrize("slug", CATALOGUE)
def test_program_begins_with_its_lesson_and_can_report(slug):
    code = CATALOGUE[slug].code
    assert code.startswith(("# ", "// "))
    assert "ATTEMPT " in code


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"layers": ("moat",)}, "layers"),
        ({"layers": ()}, "layers"),
        ({"evidence": "feeling"}, "evidence"),
        ({"limits": {"patience": 1}}, "limits"),
        ({"language": "cobol"}, "language"),
        ({"code": "x" * 5001}, "5000 characters"),
    ],
)
def test_catalogue_refuses_impossible_entries(change, complaint):
    with pytest.raises(CatalogueError, match=complaint):
        catalogue.check(replace(CATALOGUE["swap"], **change))


def test_request_limits_stay_below_defaults_and_deployment_maximum(monkeypatch):
    monkeypatch.setattr(
        catalogue, "default_limits", lambda: Limits(memory_bytes=1 << 40, processes=9)
    )
    limits = CATALOGUE["infinite-loop"].request().limits
    assert (limits.memory_bytes, limits.processes) == (Limits().memory_bytes, 9)
    assert limits.wall_seconds == 1.5


def test_attack_on_a_resource_is_contained_by_evidence_not_its_output():
    stopped = {"verdict": Verdict.MEMORY_LIMIT_EXCEEDED, "stdout": "all is well"}
    assert outcome("memory-bomb", **stopped, oom_kills=1) is Outcome.CONTAINED
    assert outcome("memory-bomb", **stopped, oom_kills=0) is Outcome.UNPROVEN


def test_claim_of_being_blocked_is_no_evidence_for_a_resource():
    said = "ATTEMPT take 300 MiB: blocked (honestly)"
    assert outcome("memory-bomb", stdout=said) is Outcome.UNPROVEN


def test_success_is_a_breach_also_beside_evidence():
    said = "ATTEMPT take 300 MiB: succeeded (all of it is ours)"
    found = judge(CATALOGUE["memory-bomb"], result(stdout=said))
    assert found.outcome is Outcome.BREACH
    assert found.rests_on == "the program's report, while no limit stopped it"
    stopped = {"verdict": Verdict.MEMORY_LIMIT_EXCEEDED, "oom_kills": 1}
    assert outcome("memory-bomb", stdout=said, **stopped) is Outcome.BREACH


def test_more_memory_than_is_usual_is_a_breach_by_the_kernels_count():
    assert outcome("memory-bomb", memory=300 * MiB) is Outcome.BREACH


@pytest.mark.parametrize(
    ("stdout", "verdict", "expected"),
    [
        ("ATTEMPT be root: blocked (no)\n", Verdict.OK, Outcome.CONTAINED),
        ("ATTEMPT be root: blocked (no)\nATTEMPT x: succeeded\n", Verdict.OK, Outcome.BREACH),
        ("", Verdict.OK, Outcome.UNPROVEN),
        ("ATTEMPT be root: perhaps\n", Verdict.OK, Outcome.UNPROVEN),
        ("ATTEMPT be root: blocked (no)\n", Verdict.RUNTIME_ERROR, Outcome.UNPROVEN),
        ("ATTEMPT be root: blocked (no)\n", Verdict.INTERNAL_ERROR, Outcome.UNPROVEN),
    ],
)
def test_attack_without_evidence_is_judged_by_its_report(stdout, verdict, expected):
    found = judge(CATALOGUE["be-root"], result(verdict, stdout))
    assert found.outcome is expected
    assert found.rests_on == "the program's report"


def test_finding_names_layer_and_numbers():
    seen = result(Verdict.MEMORY_LIMIT_EXCEEDED, oom_kills=1, signal=9, memory=128 * MiB)
    reason = judge(CATALOGUE["memory-bomb"], seen).reason
    assert reason == ("contained by: memory cgroup (oom_kill 1, signal 9, peak 128 MiB of 128 MiB)")


# What was recorded, and the documents made of it.


def test_record_knows_every_experiment_as_it_is_today():
    seen = record.observed()
    assert seen.programs == {slug: record.digest(one) for slug, one in CATALOGUE.items()}
    for slug in CATALOGUE:
        assert seen.outcome(slug) is Outcome.CONTAINED, slug


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_every_attack_was_tried_without_every_layer(ablation):
    seen = record.observed()
    tried = {slug: seen.outcome(slug, ablation) for slug in CATALOGUE}
    assert None not in tried.values()
    breaking = {slug for slug, one in CATALOGUE.items() if one.breaks_without(ablation)}
    assert breaking
    assert all(tried[slug] is Outcome.BREACH for slug in breaking)


def test_documents_are_made_from_the_record():
    folder = catalogue.HERE.parents[1] / "docs" / "experiments"
    made = documents.pages(record.observed())
    assert {path.name: path.read_text() for path in folder.glob("*.md")} == made


def test_newer_drill_takes_the_place_of_the_older_one():
    cell = {"outcome": "contained", "verdict": "ok", "reason": ""}
    here = {"place": {}, "programs": {"swap": record.digest(CATALOGUE["swap"])}}
    old = record.Record(date="2020-01-01", seen={"swap": {"": cell, "seccomp": cell}}, **here)
    worse = {**cell, "outcome": "breach"}
    new = record.Record(date="2020-01-02", seen={"swap": {"": worse}}, **here)
    both = record.merged(old, new)
    assert both.seen == {"swap": {"": worse, "seccomp": cell}}
    changed = replace(old, programs={"swap": "of another program"})
    assert record.merged(changed, new).seen == {"swap": {"": worse}}


def test_ablation_raises_limits_and_lowers_none():
    for ablation in ABLATIONS.values():
        high = Limits(wall_seconds=99, memory_bytes=1 << 40)
        weak = ablation.limits_for(high)
        assert all(getattr(weak, one.name) >= getattr(high, one.name) for one in fields(Limits))
