"""A client's view of a queue in a few numbers, for simulated and for measured runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from .simulation import Fate


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """Numbers of a queue. Waits are seconds until the program began, without those refused."""

    answered: int
    refused: int
    per_second: float
    """Answered, from the first arrival to the last answer."""
    warm: float
    """The share of runs with an idle sandbox."""
    mean: float
    p50: float
    p95: float
    longest: float


def summary(waits: Sequence[float], *, refused: int, warm: int, seconds: float) -> Summary:
    """Summarize waits in seconds. Raises ValueError if there are none."""
    if not waits:
        raise ValueError("nobody was answered")
    ordered = sorted(waits)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return Summary(
        answered=len(ordered),
        refused=refused,
        per_second=len(ordered) / seconds,
        warm=warm / len(ordered),
        mean=mean(ordered),
        p50=at(0.5),
        p95=at(0.95),
        longest=ordered[-1],
    )


def summary_of(fates: Sequence[Fate]) -> Summary:
    """Summarize the fates of a simulation. Raises ValueError if all were refused."""
    answered = [fate for fate in fates if fate.ended is not None]
    first = min(fate.arrival.at for fate in fates)
    return summary(
        [fate.waited for fate in answered],
        refused=len(fates) - len(answered),
        warm=sum(fate.warm for fate in answered),
        seconds=max((fate.ended or 0.0 for fate in answered), default=first) - first,
    )
