"""The attack lab: a catalogue of attacks, the outcome of each, and the drill that runs them all."""

from .catalogue import CATALOGUE, CatalogueError, Experiment
from .documents import by_category
from .outcomes import Attempt, Finding, Outcome, judge
from .record import Record, observed
from .selfcheck import SelfCheck, start_self_check

__all__ = [
    "CATALOGUE",
    "Attempt",
    "CatalogueError",
    "Experiment",
    "Finding",
    "Outcome",
    "Record",
    "SelfCheck",
    "by_category",
    "judge",
    "observed",
    "start_self_check",
]
