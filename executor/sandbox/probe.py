"""Finds out whether this engine and kernel can run programs in nested sandboxes."""

from dataclasses import dataclass

from ..runs import Lane


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """The lane that this machine can offer, and why it is not the faster one."""

    lane: Lane
    """ "slot" if a slot has stopped two attacks in a row, else "container"."""
    step: str = ""
    """The step that failed, such as "/proc"; empty if none did."""
    reason: str = ""
    """What the system said about it, for the operator."""


def probe() -> Probe:
    """Find out which lane this machine can offer. Raises EngineError if the engine does not answer."""
    return Probe(lane="container", step="supervisor", reason="it serves one run and ends")
