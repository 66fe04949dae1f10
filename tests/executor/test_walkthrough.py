"""The recorded attack of the home page is what the service does."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from executor.experiments import CATALOGUE, Outcome, observed, recorded, walkthrough
from executor.experiments.drill import attempt
from executor.experiments.record import digest
from executor.experiments.walkthrough import ATTACK, WITHOUT, scene_of


def test_recorded_program_is_the_catalogues() -> None:
    assert recorded().program == digest(CATALOGUE[ATTACK])


def test_walkthrough_agrees_with_the_record() -> None:
    assert recorded().contained.outcome is observed().outcome(ATTACK) is Outcome.CONTAINED
    assert recorded().weakened.outcome is observed().outcome(ATTACK, WITHOUT) is Outcome.BREACH
    assert recorded().ablation.layer == CATALOGUE[ATTACK].layers[0]


@pytest.mark.docker
def test_attack_ends_now_as_it_was_recorded() -> None:
    for ablation, kept in (("", recorded().contained), (WITHOUT, recorded().weakened)):
        trial = attempt(CATALOGUE[ATTACK], ablation)
        seen = scene_of(trial.finding.outcome, trial.result)
        # The peak is not the same to the byte.
        assert replace(seen, memory_peak_bytes=0) == replace(kept, memory_peak_bytes=0)
        assert seen.memory_peak_bytes == pytest.approx(kept.memory_peak_bytes, rel=0.1)


@pytest.mark.docker
def test_drill_with_both_runs_keeps_the_walkthrough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walkthrough, "FILE", tmp_path / "walkthrough.json")
    trials = [attempt(CATALOGUE[ATTACK], ablation) for ablation in ("", WITHOUT)]
    walkthrough.keep(trials[:1], "2026-01-02")
    assert not walkthrough.FILE.exists()
    walkthrough.keep(trials, "2026-01-02")
    kept = json.loads(walkthrough.FILE.read_text())
    assert (kept["date"], kept["weakened"]["outcome"]) == ("2026-01-02", "breach")
