"""The attack lab: a catalogue of attacks, the outcome of each, and the drill that runs them all."""

from .catalogue import CATALOGUE, CatalogueError, Experiment, by_category
from .outcomes import Attempt, Finding, Outcome, judge
from .record import Record, observed
from .selfcheck import SelfCheck, start_self_check
from .walkthrough import Scene, Walkthrough, recorded

__all__ = [
    "CATALOGUE",
    "Attempt",
    "CatalogueError",
    "Experiment",
    "Finding",
    "Outcome",
    "Record",
    "Scene",
    "SelfCheck",
    "Walkthrough",
    "by_category",
    "judge",
    "observed",
    "recorded",
    "start_self_check",
]
