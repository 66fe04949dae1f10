"""What an operator sees of a pool."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolState:
    """The pool as an operator sees it. Counts are of this process, since its start."""

    ready: dict[str, int]
    """Idle sandboxes by language."""
    target: dict[str, int]
    """How many should be idle, by language."""
    slots: dict[str, int] = field(default_factory=dict)
    """Idle slots, which wait for their owners' next runs, by language."""
    busy: int
    """Sandboxes in which a program runs."""
    waiting: int
    """Callers who wait for a sandbox to be started."""
    served_warm: int
    served_cold: int
    served_again: int = 0
    """Runs in a slot that had served its owner before. They count as warm, too."""
    created: int
    destroyed: int
    failures: int
    """Sandboxes that could not be created, or were found dead."""
