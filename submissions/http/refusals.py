"""Refusals over HTTP: the status and the sentence, the same at each door."""

from ..lifecycle.errors import (
    KeyReused,
    NotUnderWay,
    Refused,
    SandboxUnavailable,
    ServiceBusy,
)
from ..telemetry import counters

STATUSES: dict[type[Refused], int] = {
    NotUnderWay: 409,
    KeyReused: 422,
    ServiceBusy: 503,
    SandboxUnavailable: 503,
    Refused: 429,  # all others are a limit of the user's
}


def status_of(error: Refused) -> int:
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def sentence_of(error: Refused) -> str:
    """Return it with the time to wait, where the user has used up a limit."""
    wait = error.retry_after
    if status_of(error) != 429 or wait is None:
        return str(error)
    return f"{error} Expected available in {wait} {'second' if wait == 1 else 'seconds'}."


def count(error: Refused) -> None:
    """Count an answer 429 or 503 in the metrics."""
    if status_of(error) in {429, 503}:
        counters.refused(error.code)
