"""Status and text of a refusal over HTTP, the same at each door."""

from ..lifecycle.errors import (
    KeyReused,
    NotFinished,
    NotUnderWay,
    Refused,
    SandboxUnavailable,
    ServiceBusy,
)
from ..telemetry import counters

STATUSES: dict[type[Refused], int] = {
    NotUnderWay: 409,
    NotFinished: 409,
    KeyReused: 422,
    ServiceBusy: 503,
    SandboxUnavailable: 503,
    Refused: 429,  # all others are limits of the user
}


def status_of(error: Refused) -> int:
    """Return the status of the nearest class that has one."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def sentence_of(error: Refused) -> str:
    """Return the refusal's text, with the time to wait if the user has used up a limit."""
    wait = error.retry_after
    if status_of(error) != 429 or wait is None:
        return str(error)
    return f"{error} Expected available in {wait} {'second' if wait == 1 else 'seconds'}."


def count(error: Refused) -> None:
    """Count an answer 429 or 503 in the metrics."""
    if status_of(error) in {429, 503}:
        counters.refused(error.code)
