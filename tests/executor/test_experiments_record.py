"""The record of the last drill, and the documents made of it."""

from dataclasses import replace

import pytest

from executor import ABLATIONS, IN_A_SLOT
from executor.experiments import CATALOGUE, Outcome, catalogue, documents, record


def test_record_knows_every_experiment_as_it_is_today() -> None:
    seen = record.observed()
    assert seen.programs == {slug: record.digest(one) for slug, one in CATALOGUE.items()}
    for slug in CATALOGUE:
        assert seen.outcome(slug) is Outcome.CONTAINED, slug


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_every_attack_was_tried_without_every_layer(ablation: str) -> None:
    seen = record.observed()
    tried = {
        slug: seen.outcome(slug, ablation)
        for slug, one in CATALOGUE.items()
        if one.is_tried_without(ablation)
    }
    assert None not in tried.values()
    breaking = {slug for slug, one in CATALOGUE.items() if one.breaks_without(ablation)}
    assert breaking
    assert all(tried[slug] is Outcome.BREACH for slug in breaking)


def test_every_attack_on_nested_sandboxes_was_contained_in_a_slot() -> None:
    seen = record.observed()
    tried = [slug for slug, one in CATALOGUE.items() if one.is_tried_without(IN_A_SLOT.slug)]
    assert {seen.outcome(slug, IN_A_SLOT.slug) for slug in tried} == {Outcome.CONTAINED}


def test_documents_mark_what_was_not_tried_in_slots() -> None:
    seen = record.observed()
    cells = {slug: {"": one[""]} for slug, one in seen.seen.items()}
    page = documents.pages(replace(seen, seen=cells))["README.md"]
    assert "| dead-drop | not tried | nested times | not tried |" in page
    assert (
        "| dead-drop | contained | nested times | **gets through** |"
        in documents.pages(seen)["README.md"]
    )


def test_documents_are_made_from_the_record() -> None:
    folder = catalogue.HERE.parents[1] / "docs" / "experiments"
    made = documents.pages(record.observed())
    assert {path.name: path.read_text() for path in folder.glob("*.md")} == made


def test_newer_drill_takes_the_place_of_the_older_one() -> None:
    cell = {"outcome": "contained", "verdict": "ok", "reason": ""}
    here = {"place": {}, "programs": {"swap": record.digest(CATALOGUE["swap"])}}
    old = record.Record(date="2020-01-01", seen={"swap": {"": cell, "seccomp": cell}}, **here)
    worse = {**cell, "outcome": "breach"}
    new = record.Record(date="2020-01-02", seen={"swap": {"": worse}}, **here)
    both = record.merged(old, new)
    assert both.seen == {"swap": {"": worse, "seccomp": cell}}
    changed = replace(old, programs={"swap": "of another program"})
    assert record.merged(changed, new).seen == {"swap": {"": worse}}
