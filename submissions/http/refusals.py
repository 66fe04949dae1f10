"""Status and text of a refusal over HTTP, the same at each door."""

from ..lifecycle.errors import Refused
from ..telemetry import counters
from .codes import Code


def code_of(error: Refused) -> Code:
    """Return the entry of the list of codes that belongs to a refusal."""
    return next(code for code in Code if code == error.code)


def status_of(error: Refused) -> int:
    return code_of(error).status


def sentence_of(error: Refused) -> str:
    """Return the refusal's text, with the time to wait."""
    wait = error.retry_after
    return str(error) if wait is None else f"{error} Try again in {shortly(wait)}."


def shortly(seconds: int) -> str:
    """Format a time to wait, rounded up: 14 s, 5 minutes, 3 hours."""
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 120 * 60:
        return f"{-(-seconds // 60)} minutes"
    return f"{-(-seconds // 3600)} hours"


def count(error: Refused) -> None:
    """Count an answer 429 or 503 in the metrics."""
    if status_of(error) in {429, 503}:
        counters.refused(error.code)
