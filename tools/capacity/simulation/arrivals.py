"""Programs and their times of arrival: the input of a simulation and of its check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

Draw = Callable[[Random], float]
"""Draws the seconds that one program takes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Arrival:
    """One program of one user. Two arrivals with the same values are not equal."""

    at: float
    """Seconds since the beginning."""
    seconds: float
    """Seconds that it sleeps, after `work`."""
    work: float = 0.0
    """Seconds that it computes first, if it has a processor to itself."""
    user: str = ""


def exponential(mean: float) -> Draw:
    return lambda random: random.expovariate(1 / mean)


def always(seconds: float) -> Draw:
    return lambda random: seconds


def poisson(
    random: Random, *, per_second: float, draw: Draw, seconds: float = 0.0, count: int = 0
) -> Iterator[Arrival]:
    """Yield independent arrivals, each of another user, until `seconds` or `count` is reached."""
    at, number = 0.0, 0
    while True:
        at += random.expovariate(per_second)
        if (seconds and at > seconds) or (count and number == count):
            return
        number += 1
        yield Arrival(at=at, seconds=draw(random), user=f"user-{number}")


def burst(
    random: Random, *, at: float, count: int, draw: Draw, user: str | None = None
) -> Iterator[Arrival]:
    """Yield `count` arrivals at the same time: all of `user`, or each of another user."""
    for number in range(count):
        yield Arrival(at=at, seconds=draw(random), user=user or f"user-{at:g}-{number}")
