"""The lab's catalogue against real sandboxes: every attack is contained, and one that a
layer stops succeeds without that layer.

The attacks in languages that not every site offers are in test_languages.py.
"""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from executor import ABLATIONS, IN_A_SLOT
from executor.experiments import CATALOGUE, Outcome, record
from executor.experiments.drill import attempt, drill
from executor.management.commands import sandbox_drill as sandbox_drill_module
from executor.pool import pool
from executor.sandbox.probe import Probe
from tests.support.experiments import USUAL, breaking_in, experiments_in, tried_in_slots
from tests.support.slots import skip_without_slots

pytestmark = pytest.mark.docker

ELSEWHERE = [
    ("memory-bomb", "seccomp"),
    ("fork-bomb", "no-network"),
    ("be-root", "masked-paths"),
    ("user-namespace", "non-root-user"),
    ("first-process", "pids-cgroup"),
    ("release-agent", "read-only-paths"),
    ("docker-socket", "read-only-root"),
    ("forged-end", "seccomp"),
]
"""Attacks, each with a layer that does not stop it."""


@pytest.mark.parametrize("slug", experiments_in(*USUAL))
def test_experiment_is_contained(slug: str) -> None:
    trial = attempt(CATALOGUE[slug])
    assert trial.finding.outcome is Outcome.CONTAINED, trial


@pytest.mark.xdist_group("ablation")
@pytest.mark.parametrize(("slug", "ablation"), breaking_in(*USUAL))
def test_experiment_gets_through_without_its_layer(slug: str, ablation: str) -> None:
    if ABLATIONS[ablation].nested:
        skip_without_slots()
    trial = attempt(CATALOGUE[slug], ablation)
    assert trial.finding.outcome is Outcome.BREACH, trial


@pytest.mark.xdist_group("ablation")
@pytest.mark.parametrize(("slug", "ablation"), ELSEWHERE)
def test_experiment_is_contained_without_a_layer_that_has_no_part_in_it(
    slug: str, ablation: str
) -> None:
    trial = attempt(CATALOGUE[slug], ablation)
    assert trial.finding.outcome is Outcome.CONTAINED, trial


@pytest.mark.xdist_group("ablation")
@pytest.mark.parametrize("slug", tried_in_slots(*USUAL))
def test_attack_on_nested_sandboxes_is_contained_in_a_slot_as_it_is(slug: str) -> None:
    skip_without_slots()
    trial = attempt(CATALOGUE[slug], IN_A_SLOT.slug)
    assert trial.finding.outcome is Outcome.CONTAINED, trial
    assert trial.result.lane == "slot"


def test_drill_keeps_the_order() -> None:
    slugs = ["swap", "host-traces", "capabilities"]
    trials = drill([CATALOGUE[slug] for slug in slugs], jobs=3)
    assert [trial.experiment.slug for trial in trials] == slugs


def sandbox_drill(*arguments: Any) -> CompletedProcess[str]:
    command = [sys.executable, "manage.py", "sandbox_drill", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_command_prints_observations_as_json() -> None:
    done = sandbox_drill("swap", "be-root", "--ablate", "non-root-user", "--json")
    assert done.returncode == 0, done.stderr
    told = {trial["experiment"]: trial for trial in json.loads(done.stdout)}
    assert told["be-root"]["outcome"] == "breach"
    assert told["swap"]["outcome"] == "contained"
    assert told["swap"]["ablation"] == "non-root-user"
    assert told["swap"]["evidence"]["reported"] is True


def test_command_runs_the_attacks_of_the_languages_that_are_named() -> None:
    done = sandbox_drill("swap", "be-root", "be-root-js", "--language", "javascript")
    assert done.returncode == 0, done.stderr
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["be-root-js"]


def test_command_fails_when_an_attack_is_not_contained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXECUTOR_MEMORY_BYTES", "48M")  # too little for the fork bomb to get far
    done = sandbox_drill("memory-in-pieces", "disk-fill")
    assert done.returncode == 1
    assert "NOT AS EXPECTED: disk-fill: UNPROVEN" in done.stdout


@pytest.fixture
def _another_pool_afterwards() -> Iterator[None]:
    """Make a new pool: a command that runs in this process closes the pool at its end."""
    yield
    pool.pool.forget()


@pytest.mark.usefixtures("_another_pool_afterwards")
def test_record_keeps_what_was_seen_and_makes_the_documents(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(record, "FILE", tmp_path / "observed.json")
    for ablation in ([], ["--ablate", "no-swap"]):
        out, err = io.StringIO(), io.StringIO()
        call_command("sandbox_drill", "swap", *ablation, "--record", stdout=out, stderr=err)
        pool.pool.forget()
    assert "swap without no swap: BREACH: The attack succeeded: “have swap”" in out.getvalue()
    assert "1 attacks, 0 not as expected" in err.getvalue()
    seen = record.read(record.FILE)
    assert seen.outcome("swap") is Outcome.CONTAINED
    assert seen.outcome("swap", "no-swap") is Outcome.BREACH
    page = (tmp_path / "docs" / "experiments" / "memory.md").read_text()
    assert "without no swap (as much swap as memory): The attack succeeded: “have swap”" in page


def test_command_attacks_nested_sandboxes_with_and_without_a_layer() -> None:
    skip_without_slots()
    done = sandbox_drill("dead-drop", "swap", "--ablate", "nested-times", "no-swap", "--json")
    assert done.returncode == 0, done.stderr
    told = {(one["experiment"], one["ablation"]): one for one in json.loads(done.stdout)}
    assert {pair: one["outcome"] for pair, one in told.items()} == {
        ("dead-drop", "no-swap"): "contained",
        ("swap", "no-swap"): "breach",
        ("dead-drop", "slot"): "contained",
        ("dead-drop", "nested-times"): "breach",
    }
    assert told["dead-drop", "nested-times"]["run_number"] == 2
    assert told["swap", "no-swap"]["lane"] == "container"


@pytest.mark.usefixtures("_another_pool_afterwards")
def test_command_says_what_it_does_not_try_where_there_are_no_slots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    none = Probe(lane="container", step="namespaces", reason="Operation not permitted")
    monkeypatch.setattr(sandbox_drill_module, "probe", lambda: none)
    out, err = io.StringIO(), io.StringIO()
    call_command("sandbox_drill", "dead-drop", "--ablate", "nested-times", stdout=out, stderr=err)
    assert out.getvalue() == ""
    assert "dead-drop without nested times: not tried: this machine has no slots" in err.getvalue()
    assert "0 attacks, 0 not as expected" in err.getvalue()


def test_command_runs_attacks_in_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_without_slots()
    monkeypatch.setenv("EXECUTOR_ISOLATION", "auto")
    done = sandbox_drill("be-root", "swap", "--slots", "--jobs", "1", "--json")
    assert done.returncode == 0, done.stderr
    assert "2 attacks, 2 in slots, 0 not as expected" in done.stderr
    told = {trial["experiment"]: trial for trial in json.loads(done.stdout)}
    assert (told["be-root"]["lane"], told["swap"]["lane"]) == ("slot", "slot")
    assert told["swap"]["run_number"] > told["be-root"]["run_number"]


def test_command_fails_if_no_attack_runs_in_a_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_without_slots()
    monkeypatch.setenv("EXECUTOR_ISOLATION", "auto")
    monkeypatch.setenv("EXECUTOR_OPEN_FILES", "512")  # the attack is written for fewer
    done = sandbox_drill("open-files", "--slots")
    assert done.returncode == 1
    assert "1 attacks, 0 in slots, 0 not as expected" in done.stderr
    assert "CommandError: --slots: no attack ran in a slot" in done.stderr


@pytest.mark.parametrize(
    ("isolation", "more", "why"),
    [
        ("container", (), "each run has a container of its own (EXECUTOR_ISOLATION: container)"),
        ("auto", ("--ablate",), "a user's slot is never weakened"),
        ("auto", ("--record",), "the record has none"),
    ],
)
def test_command_says_why_it_runs_no_attack_in_a_slot(
    monkeypatch: pytest.MonkeyPatch, isolation: str, more: tuple[str, ...], why: str
) -> None:
    monkeypatch.setenv("EXECUTOR_ISOLATION", isolation)
    done = sandbox_drill("swap", "--slots", *more)
    assert done.returncode == 1
    assert why in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["no-such-attack"], ["swap", "--ablate", "no-such-layer"], ["--language", "cobol"]],
)
def test_command_names_unknown_arguments(arguments: list[str]) -> None:
    done = sandbox_drill(*arguments)
    assert done.returncode == 1
    assert "there is no" in done.stderr


@pytest.mark.parametrize("arguments", [["be-root-js"], ["--language", "javascript"]])
def test_command_refuses_attacks_in_languages_that_the_site_does_not_offer(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("EXECUTOR_LANGUAGES", "python")
    done = sandbox_drill(*arguments)
    assert done.returncode == 1
    assert "CommandError" in done.stderr
    assert "javascript" in done.stderr.lower()
