"""The delay that the self-check causes for runs at the same time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..benchmark.measure import Latency, latencies, summary
from ..benchmark.resting import rest
from ..site import Service, service

SETTLE_SECONDS = 0.2
PAUSE_SECONDS = 1
"""Between two checks of the site that checks all the time."""
READY_SECONDS = 60
MORE_ROUNDS = 500
"""The most additional runs: two minutes at least, as a self-check takes 2 to 5 s."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disturbance:
    """Latencies of a minimal run over HTTP."""

    calm: Latency
    checking: Latency
    """Latencies while checks run, with PAUSE_SECONDS between them."""
    check_seconds: float
    period_seconds: float
    scheduled: Latency
    """Latencies of all runs if a check begins every `period_seconds`."""


def measure_disturbance(*, rounds: int, period_seconds: float) -> Disturbance:
    """Measure two sites, one after the other: the first never checks, the second checks all the time.

    The second gets more than `rounds` runs if no whole self-check has ended by then.
    """
    with service() as served:
        rest(served)
        calm, _ = _sample(served, rounds, checks=0)
    with service(EXECUTOR_SELF_CHECK_SECONDS=str(PAUSE_SECONDS)) as served:
        _wait_until_ready(served)
        checking, ends = _sample(served, rounds, checks=2)
    seconds = (ends[-1] - ends[0]).total_seconds() / (len(ends) - 1) - PAUSE_SECONDS
    # Some runs fall into the pause between two checks. They make `checking` look better by less than
    # the share of the pause.
    return Disturbance(
        calm=summary(calm),
        checking=summary(checking),
        check_seconds=seconds,
        period_seconds=period_seconds,
        scheduled=summary(mixture(calm, checking, share=seconds / period_seconds)),
    )


def mixture(usual: Sequence[float], rare: Sequence[float], *, share: float) -> list[float]:
    """Return 10,000 values: this share is drawn evenly from the first list, the rest from the second."""
    size = 10_000
    few = min(size, round(size * share))

    def spread(values: Sequence[float], count: int) -> list[float]:
        ordered = sorted(values)
        return [ordered[int(place * len(ordered) / count)] for place in range(count)]

    return spread(usual, size - few) + spread(rare, few)


def _sample(served: Service, rounds: int, *, checks: int) -> tuple[list[float], list[datetime]]:
    """Return the milliseconds of runs and the ends of self-checks, at least the wanted number of each.

    Raises ValueError if the self-checks do not end.
    """
    ends: list[datetime] = []

    def look() -> None:
        checked = served.health().json()["self_check"]
        if checked["checked"] and (end := datetime.fromisoformat(checked["checked"])) not in ends:
            ends.append(end)

    def work() -> None:
        served.run("print(2 + 2)", "python").raise_for_status()

    found = []
    most = rounds + MORE_ROUNDS
    for _, milliseconds in latencies({"run": work}, rounds=most, settle_seconds=SETTLE_SECONDS):
        found.append(milliseconds)
        look()
        if len(found) >= rounds and len(ends) >= checks:
            return found, ends
    raise ValueError(f"no whole self-check went by in {most} rounds")


def _wait_until_ready(served: Service) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not served.health().ok:
        if time.monotonic() > deadline:
            raise TimeoutError("the self-check did not pass")
        time.sleep(0.2)
