"""A soak finds a leak, and reports none where there is none."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.samples import Sample, Timed, growth

SECONDS = 1800
CALM = Sample(at=0, memory_kib=150 * 1024, files=80, threads=60, containers=9, rows=0)


def soaked(grow: Any, seconds: int = SECONDS) -> Any:
    """Make samples of a calm service with noise; `grow` changes each by the hour."""
    chance = random.Random(1)
    noisy = [
        replace(
            CALM,
            at=at,
            memory_kib=CALM.memory_kib + chance.randrange(2048),
            files=CALM.files + chance.randrange(4),
            containers=CALM.containers + chance.choice([-1, 0, 1]),
        )
        for at in range(0, seconds, 5)
    ]
    return [grow(one, one.at / 3600) for one in noisy]


def waits(slower: float = 0.0) -> list[Timed]:
    chance = random.Random(2)
    return [
        Timed(at=at, ms=chance.gauss(40, 5) * (1 + slower * at / 3600)) for at in range(SECONDS)
    ]


def grown(samples: Any, times: list[Timed]) -> set[str]:
    return {name for name, one in growth(samples, times, SECONDS).items() if not one.is_flat}


def test_noise_is_no_growth() -> None:
    assert grown(soaked(lambda one, hours: one), waits()) == set()


def test_figure_that_grows_only_while_warming_up_is_flat() -> None:
    def warm_up(one: Any, hours: Any) -> Any:
        return replace(one, memory_kib=one.memory_kib + 20_000 * min(one.at, 500) // 500)

    assert grown(soaked(warm_up), waits()) == set()


@pytest.mark.parametrize(
    ("name", "leak"),
    [
        ("memory, MiB", lambda one, h: replace(one, memory_kib=one.memory_kib + int(h * 100_000))),
        ("files", lambda one, h: replace(one, files=one.files + int(h * 100))),
        ("threads", lambda one, h: replace(one, threads=one.threads + int(h * 40))),
        ("containers", lambda one, h: replace(one, containers=one.containers + int(h * 30))),
    ],
    ids=["memory", "files", "threads", "containers"],
)
def test_a_leak_is_found(name: str, leak: Callable[..., Any]) -> None:
    assert grown(soaked(leak), waits()) == {name}


def test_answers_that_take_longer_and_longer_are_found() -> None:
    assert "p50, ms" in grown(soaked(lambda one, hours: one), waits(slower=4))
