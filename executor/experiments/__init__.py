"""The attack lab: a catalogue of attacks, what came of one, and the drill that runs them all."""

from .catalogue import CATALOGUE, CatalogueError, Experiment
from .outcomes import Attempt, Finding, Outcome, judge
from .selfcheck import SelfCheck, start_self_check

__all__ = [
    "CATALOGUE",
    "Attempt",
    "CatalogueError",
    "Experiment",
    "Finding",
    "Outcome",
    "SelfCheck",
    "judge",
    "start_self_check",
]
