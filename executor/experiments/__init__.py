"""The attack lab: a catalogue of attacks, the outcome of each, and the drill that runs them all."""

from .catalogue import (
    ATTACKS,
    CATALOGUE,
    LEVELS,
    START_HERE,
    CatalogueError,
    Experiment,
    by_category,
    is_offered,
    next_after,
    offered_attacks,
)
from .outcomes import Finding, Outcome, judge
from .record import Record, observed
from .references import address_of
from .report import Attempt
from .selfcheck import SelfCheck, start_self_check
from .sentences import change_of, layers_of, lowered, phrase
from .walkthrough import Scene, Walkthrough, recorded

__all__ = [
    "ATTACKS",
    "CATALOGUE",
    "LEVELS",
    "START_HERE",
    "Attempt",
    "CatalogueError",
    "Experiment",
    "Finding",
    "Outcome",
    "Record",
    "Scene",
    "SelfCheck",
    "Walkthrough",
    "address_of",
    "by_category",
    "change_of",
    "is_offered",
    "judge",
    "layers_of",
    "lowered",
    "next_after",
    "observed",
    "offered_attacks",
    "phrase",
    "recorded",
    "start_self_check",
]
