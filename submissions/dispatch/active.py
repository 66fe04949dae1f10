"""The runs of this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from .feed import LiveRun

_runs: dict[UUID, LiveRun] = {}


@contextmanager
def entered(submission_id: UUID) -> Iterator[LiveRun]:
    """A run of this process: can be found within the block, and has ended after it.

    One that was given up as lost and begun again here is entered twice: the later one is found.
    """
    run = _runs[submission_id] = LiveRun()
    try:
        yield run
    finally:
        if _runs.get(submission_id) is run:
            del _runs[submission_id]
        run.end()


def find(submission_id: UUID) -> LiveRun | None:
    """The run of that submission, if it is under way in this process."""
    return _runs.get(submission_id)


def held() -> list[UUID]:
    """The submissions that run in this process."""
    return list(_runs)
