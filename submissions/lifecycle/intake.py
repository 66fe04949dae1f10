"""Create submissions, and take back what has not begun.

attempt.py runs and finishes them; queue.py writes their rows while they are queued, audit/retention.py
and audit/erasure.py when they have to go.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from executor import (
    RunRequest,
    this_process,
)

from ..telemetry import logs
from . import columns, queue, storage
from .experiments import check_weakened
from .idempotency import Once, remember
from .models import Status, Submission, Verdict
from .storage import try_to_settle

logger = logging.getLogger(__name__)
T = TypeVar("T")

CANCELLED_IN_QUEUE = "Cancelled before it began"


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a submission came from, for the audit."""

    via: str
    client_address: str | None
    user_agent: str
    token_key: str = ""

    def columns(self) -> dict[str, Any]:
        return {
            "via": self.via,
            "client_address": self.client_address,
            "user_agent": self.user_agent,
            "token_key": self.token_key,
        }


class Mode(Enum):
    """Who runs a submission, and who waits for it."""

    NOW = "now"
    """The process that stores it runs it at once; a client waits."""
    WAITED = "waited"
    """The process that claims it runs it; a client waits."""
    STREAMED = "streamed"
    """The same, and the client follows its output."""
    QUEUED = "queued"
    """The process that claims it runs it; no client waits."""


def submit(
    *,
    user: User,
    run: RunRequest,
    origin: Origin,
    experiment: str = "",
    key: Once | None = None,
    mode: Mode = Mode.NOW,
    reply_to: str = "",
    pk: UUID | None = None,
) -> Submission:
    """Store a submission. Raises what `queue.next_turn` raises, StorageFull, PermissionDenied for a
    weakened sandbox that the user may not have or an account that is closed, and KeyTaken.

    `experiment` names the attack of the catalogue that the run is, if it is one. By `key`
    the same request is known when it is repeated. `reply_to` is the broker's queue to which the run is
    reported, if a process waits for it.
    """
    if run.ablation:
        check_weakened(user, experiment)
    with transaction.atomic():
        _lock(user)
        if mode is Mode.NOW:
            turn = 0
            queue.check_waited(user)
        else:
            turn = queue.next_turn(user, count=1, waited=mode is not Mode.QUEUED)
        submission = _row(user, run, origin, mode, turn, experiment, reply_to)
        if pk is not None:
            submission.pk = pk
        storage.reserve(user, [submission])
        Submission.written.bulk_create([submission])
        if key:
            remember(key, user, submission=submission)
    logs.bind_submission(submission.pk)
    return submission


def submit_all(*, user: User, runs: Sequence[RunRequest], origin: Origin) -> list[Submission]:
    """Store all of them as queued, or none. Raises Busy at QUEUE_MAX, TooManyRuns at
    QUEUE_MAX_PER_USER, StorageFull and PermissionDenied for an account that is closed."""
    with transaction.atomic():
        _lock(user)
        first = queue.next_turn(user, count=len(runs), waited=False)
        rows = [_row(user, run, origin, Mode.QUEUED, first + n) for n, run in enumerate(runs)]
        storage.reserve(user, rows)
        return Submission.written.bulk_create(rows)


def _lock(user: User) -> None:
    """Counting and storing exclude the user's others: on SQLite because a transaction writes from its
    beginning (IMMEDIATE), on PostgreSQL because the user's row is locked. Raises PermissionDenied if the
    account was closed meanwhile."""
    open_ones = get_user_model().objects.filter(is_active=True)
    if open_ones.select_for_update().only("pk").filter(pk=user.pk).first() is None:
        raise PermissionDenied("Your account is closed.")


def _row(
    user: User,
    run: RunRequest,
    origin: Origin,
    mode: Mode,
    turn: int,
    experiment: str = "",
    reply_to: str = "",
) -> Submission:
    row = Submission(
        user=user,
        username=user.get_username(),
        **columns.of_request(run),
        experiment=experiment,
        waited=mode is not Mode.QUEUED,
        turn=turn,
        reply_to=reply_to,
        streamed=mode is Mode.STREAMED,
        **origin.columns(),
    )
    if mode is Mode.NOW:
        row.status, row.attempt, row.worker = Status.RUNNING, 1, this_process()
        row.started, row.lease = timezone.now(), queue.lease()
    return row


def cancel_queued(submission: Submission) -> bool:
    """End what has not begun. False if it has."""
    ended = {
        "status": Status.FINISHED,
        "finished": timezone.now(),
        "verdict": Verdict.CANCELLED,
        "error": CANCELLED_IN_QUEUE,
    }
    is_ended = Submission.written.queued().filter(pk=submission.pk).update(**ended) == 1
    if is_ended:
        try_to_settle(submission)
    return is_ended


def withdraw(submission: Submission) -> bool:
    """Remove what no worker has ever claimed, as if it had not been submitted. False if one has."""
    untouched = Submission.written.queued().filter(pk=submission.pk, attempt=0)
    with transaction.atomic():  # what points to it goes first, and nobody is to claim it meanwhile
        if untouched.select_for_update().only("pk").first() is None:
            return False
        untouched.delete()
        storage.release(submission)
        return True
