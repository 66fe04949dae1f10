"""Which limits a request may choose, as values: the effect is tested in test_lower_limits.py."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import pytest

from executor import LANGUAGES, choice_of, chosen_limits
from executor import choices as choices_of
from executor.choices import SECONDS_LEAST, Range
from executor.conf import config
from executor.limits import Limits, MiB

PYTHON = LANGUAGES["python"]
OWN = Limits(wall_seconds=5.0, cpu_seconds=4.0, memory_bytes=96 * MiB, processes=20)


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the deployment's own limits."""

    def use(limits: Limits) -> None:
        made = replace(config(), limits=limits)
        monkeypatch.setattr(import_module("executor.choices"), "config", lambda: made)

    use(OWN)
    return use


def test_range_reaches_from_what_the_runtime_needs_to_the_deployments_limit() -> None:
    assert choices_of(PYTHON) == {
        "wall_seconds": Range(SECONDS_LEAST, 5.0),
        "cpu_seconds": Range(SECONDS_LEAST, 4.0),
        "memory_bytes": Range(PYTHON.least_memory_bytes, 96 * MiB),
        "processes": Range(PYTHON.least_processes, 20),
        "output_bytes": Range(1, OWN.output_bytes),
    }


def test_deployments_limit_below_the_floor_is_the_only_choice(own: Callable[..., None]) -> None:
    own(replace(OWN, wall_seconds=0.05, processes=1))
    ranges = choices_of(PYTHON)
    assert ranges["wall_seconds"] == Range(0.05, 0.05)
    assert ranges["processes"] == Range(1, 1)


def test_chosen_limit_is_lowered_and_the_others_stay() -> None:
    assert chosen_limits({"processes": 7}, PYTHON) == replace(OWN, processes=7)
    assert chosen_limits({}, PYTHON) == OWN


def test_choice_above_the_deployments_limit_raises_nothing() -> None:
    assert chosen_limits({"memory_bytes": 96 * MiB + 1, "wall_seconds": 9.0}, PYTHON) == OWN


def test_chosen_limit_has_the_type_of_the_deployments() -> None:
    limits = chosen_limits({"wall_seconds": 2, "processes": 3.0}, PYTHON)
    assert (repr(limits.wall_seconds), repr(limits.processes)) == ("2.0", "3")


def test_choice_that_gives_the_same_limits_again_names_the_lowered_ones_only() -> None:
    chosen = {"processes": 7, "output_bytes": 100}
    assert choice_of(chosen_limits(chosen, PYTHON), PYTHON) == chosen
    assert choice_of(OWN, PYTHON) == {}


def test_limits_of_another_time_become_a_choice_within_todays_ranges() -> None:
    """A stored run may be from a deployment with other limits."""
    old = replace(OWN, wall_seconds=99.0, processes=0, memory_bytes=1 * MiB)
    assert choice_of(old, PYTHON) == {
        "processes": PYTHON.least_processes,
        "memory_bytes": PYTHON.least_memory_bytes,
    }
