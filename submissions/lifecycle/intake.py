"""Create submissions, and end or remove those that have not begun.

attempt.py runs and finishes them. queue.py writes their rows while they are queued or leased.
audit/retention.py removes them, and audit/accounts/erasure.py empties them.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from executor import File, InvalidRequest, RunRequest, this_process

from ..files import store
from ..telemetry import logs
from . import columns, queue, sessions, statements, storage
from .experiments import check_weakened
from .idempotency import RequestKey, remember
from .models import Status, Submission, Verdict
from .storage import try_to_settle

logger = logging.getLogger(__name__)
Also = Callable[[Submission], None]

CANCELLED_FIRST = "Cancelled before it began"
CANCELLED_AGAIN = (
    "Cancelled while it waited for another attempt; the result of the last one is lost"
)
OPEN_ACCOUNT = f"""
SELECT id FROM {User._meta.db_table} WHERE id = %s AND is_active {{lock}}
"""  # noqa: S608 - only the table's name is inserted


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The way a submission came in, for the audit."""

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
    """The process that runs a submission, and whether a client waits for it."""

    NOW = "now"
    """The process that stores it runs it at once; a client waits."""
    WAITED = "waited"
    """The process that claims it runs it; a client waits."""
    STREAMED = "streamed"
    """As WAITED, and the client follows the output."""
    QUEUED = "queued"
    """The process that claims it runs it; no client waits."""


def submit(
    *,
    user: User,
    run: RunRequest,
    origin: Origin,
    experiment: str = "",
    key: RequestKey | None = None,
    mode: Mode = Mode.NOW,
    also: Also | None = None,
    reply_to: str = "",
    pk: UUID | None = None,
) -> Submission:
    """Store a submission.

    `experiment` names the attack of the catalogue, if the run is one. `also` stores what belongs to the
    submission, in the same transaction. `reply_to` is the broker's queue to which the run is reported, if
    a process waits for it. `pk` sets the id beforehand.

    Raises what `queue.next_turn` raises; StorageFull; KeyTaken; what `sessions.check` raises;
    InvalidRequest if an upload is gone;
    PermissionDenied if the account is closed or the user may not use the weakened sandbox.
    """
    if run.ablation:
        check_weakened(user, experiment)
    with transaction.atomic():
        lock_account(user)
        if mode is Mode.NOW:
            turn = 0
            queue.check_waited(user)
        else:
            turn = queue.next_turn(user, count=1, waited=mode is not Mode.QUEUED)
        if run.interactive:
            queue.check_interactive(user, waited=mode is not Mode.QUEUED)
        sessions.check(user, [run], origin.via)
        submission = _row(user, run, origin, mode, turn, experiment, reply_to)
        if pk is not None:
            submission.pk = pk
        storage.reserve(user, [submission])
        statements.insert(submission)
        if run.files:
            _add_files([(submission.pk, run.files)])
        if key:
            remember(key, user, submission=submission)
        if also:
            also(submission)
    logs.bind_submission(submission.pk)
    return submission


def submit_all(*, user: User, runs: Sequence[RunRequest], origin: Origin) -> list[Submission]:
    """Store all of them as queued, or none.

    Raises Busy at QUEUE_MAX, TooManyRuns at QUEUE_MAX_PER_USER, StorageFull, InvalidRequest if an upload
    is gone, and PermissionDenied if the account is closed.
    """
    with transaction.atomic():
        lock_account(user)
        first = queue.next_turn(user, count=len(runs), waited=False)
        if any(run.interactive for run in runs):
            queue.check_interactive(user, waited=False)
        sessions.check(user, runs, origin.via)
        rows = [_row(user, run, origin, Mode.QUEUED, first + n) for n, run in enumerate(runs)]
        storage.reserve(user, rows)
        made = Submission.written.bulk_create(rows)
        with_files = [(row.pk, run.files) for row, run in zip(made, runs, strict=True) if run.files]
        if with_files:
            _add_files(with_files)
        return made


def _add_files(runs: Iterable[tuple[UUID, Sequence[File]]]) -> None:
    try:
        store.add_sent(runs)
    except store.FilesMissing as error:
        raise InvalidRequest(f"files: {error}") from error


def lock_account(user: User) -> None:
    """Let no other transaction of the user count and store until the end of this one.

    On PostgreSQL the user's row is locked. On SQLite a transaction locks the database from its beginning
    (IMMEDIATE). Raises PermissionDenied if the account has been closed.
    """
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_ACCOUNT.format(lock=lock), [user.pk])
        if cursor.fetchone() is None:
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
        row.started, row.lease = timezone.now(), queue.lease_expiry()
    return row


def cancel_queued(submission: Submission) -> bool:
    """End a submission that is queued, also for another attempt; False if it is not."""
    ended = {
        "status": Status.FINISHED,
        "finished": timezone.now(),
        "verdict": Verdict.CANCELLED,
        "error": Case(When(attempt=0, then=Value(CANCELLED_FIRST)), default=Value(CANCELLED_AGAIN)),
    }
    is_ended = Submission.written.queued().filter(pk=submission.pk).update(**ended) == 1
    if is_ended:
        try_to_settle(submission)
    return is_ended


def discard_unclaimed(submission: Submission) -> bool:
    """Remove a submission that no worker has ever claimed; False if one has."""
    untouched = Submission.written.queued().filter(pk=submission.pk, attempt=0)
    # The lock keeps workers from claiming it while the rows that point to it are deleted first.
    with transaction.atomic():
        if untouched.select_for_update().only("pk").first() is None:
            return False
        untouched.delete()
        storage.release(submission)
        return True
