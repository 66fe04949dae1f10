"""What happens to submissions. The only writer of their rows, but for who holds them (queue.py)."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from time import sleep
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from executor import (
    Cancellation,
    EngineError,
    EventSink,
    Limits,
    RunRequest,
    RunResult,
    ablation_is_allowed,
    execute,
    this_process,
)
from executor.experiments import CATALOGUE, judge

from . import audit, logs, metrics, queue
from .async_models import Batch
from .exceptions import SandboxUnavailable, TooManyRuns
from .idempotency import Once, remember
from .models import Action, ApiToken, Outcome, Status, Submission, Verdict

logger = logging.getLogger(__name__)
T = TypeVar("T")

FAILED = "The sandbox failed; this is our fault, not your program's"
CANCELLED_IN_QUEUE = "Cancelled before it began"
STORING_PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts to store a result: a database that starts anew takes a few."""

OF_ACCOUNTS = (
    "account.EmailAddress",
    "mfa.Authenticator",
    "usersessions.UserSession",
    "submissions.WebhookSecret",
    "submissions.Delivery",
    "submissions.IdempotencyKey",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a submission came from, for the audit."""

    via: str
    client_address: str | None
    user_agent: str
    token_key: str = ""
    once: Once | None = None
    """By which the same request is known when it comes again."""

    def columns(self) -> dict[str, Any]:
        return {
            "via": self.via,
            "client_address": self.client_address,
            "user_agent": self.user_agent,
            "token_key": self.token_key,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a submission is to be run."""

    queued: bool
    """Whoever claims it runs it; otherwise the process that stores it does, at once."""
    waited: bool
    """A client waits for its end."""
    reply_to: str = ""
    """The broker's queue for news of it."""
    streamed: bool = False
    """What it prints is news, too."""


AT_ONCE = Way(queued=False, waited=True)
LATER = Way(queued=True, waited=False)


def submit(
    *,
    user: User,
    run: RunRequest,
    origin: Origin,
    experiment: str = "",
    way: Way = AT_ONCE,
    pk: UUID | None = None,
) -> Submission:
    """Stores a submission. Raises what `queue.next_turn` raises, PermissionDenied for a weakened sandbox
    that the user may not have, and KeyTaken.

    `experiment` names the attack of the catalogue that the run is, if it is one.
    """
    if run.ablation:
        _check_weakened(user, experiment)
    with transaction.atomic():
        _lock(user)
        if way.queued:
            turn = queue.next_turn(user, count=1, waited=way.waited)
        else:
            turn = 0
            queue.check_waited(user)
        submission = _row(user, run, origin, way, turn, experiment)
        if pk is not None:
            submission.pk = pk
        submission.save(force_insert=True)
        if origin.once:
            remember(origin.once, user, submission=submission)
    logs.note(submission.pk)
    return submission


def submit_all(
    *, user: User, runs: Sequence[RunRequest], origin: Origin, way: Way = LATER
) -> list[Submission]:
    """Stores all of them as queued, or none. Raises Busy at QUEUE_MAX and TooManyRuns at
    QUEUE_MAX_PER_USER."""
    with transaction.atomic():
        _lock(user)
        first = queue.next_turn(user, count=len(runs), waited=way.waited)
        rows = [_row(user, run, origin, way, first + n) for n, run in enumerate(runs)]
        return Submission.objects.bulk_create(rows)


def _lock(user: User) -> None:
    """Counting and storing exclude the user's others: on SQLite because a transaction writes from its
    beginning (IMMEDIATE), on PostgreSQL because the user's row is locked."""
    get_user_model().objects.select_for_update().only("pk").get(pk=user.pk)


def _row(
    user: User, run: RunRequest, origin: Origin, way: Way, turn: int, experiment: str = ""
) -> Submission:
    row = Submission(
        user=user,
        language=run.language,
        code=run.code,
        stdin=run.stdin,
        args=list(run.args),
        read_only=run.read_only,
        limits=asdict(run.limits),
        experiment=experiment,
        ablation=run.ablation,
        waited=way.waited,
        turn=turn,
        reply_to=way.reply_to,
        streamed=way.streamed,
        **origin.columns(),
    )
    if not way.queued:
        row.status, row.attempt, row.worker = Status.RUNNING, 1, this_process()
        row.started, row.lease = timezone.now(), queue.lease()
    return row


def run_request(submission: Submission) -> RunRequest:
    """What is to be run, from the row."""
    return RunRequest(
        code=submission.code,
        language=submission.language,
        stdin=submission.stdin,
        args=tuple(submission.args),
        read_only=submission.read_only,
        limits=Limits(**submission.limits),
        ablation=submission.ablation,
    )


def _check_weakened(user: User, experiment: str) -> None:
    """Only experiments, whose programs are known; only by those who may; only where it is allowed."""
    allowed = ablation_is_allowed() and user.has_perm("submissions.run_weakened")
    if not allowed or experiment not in CATALOGUE:
        raise PermissionDenied("You may not run this without one of its layers.")


def run_submission(
    submission: Submission, *, on_event: EventSink, cancellation: Cancellation
) -> Submission:
    """Runs a submission that this process holds and stores what came of it.

    Whatever goes wrong, the row does not stay under way. What was queued and found no sandbox, or lost
    it, is queued again a few times. Raises SandboxUnavailable.
    """
    with logs.about(submission=submission.pk):
        return _run(submission, on_event, cancellation)


def _run(submission: Submission, on_event: EventSink, cancellation: Cancellation) -> Submission:
    try:
        result = execute(run_request(submission), on_event=on_event, cancellation=cancellation)
    except Exception as error:
        is_ours = isinstance(error, EngineError)
        if not (is_ours and _is_queued_again(submission)):
            _store_failure(submission, FAILED)
        if not is_ours:
            raise
        logger.warning("submission %s got no sandbox: %s", submission.pk, error)
        raise SandboxUnavailable(
            f"No sandbox can be had at the moment (submission {submission.pk})."
        ) from error
    if result.verdict != Verdict.INTERNAL_ERROR or not _is_queued_again(submission):
        _store_result(submission, result)
    return submission


def _is_queued_again(submission: Submission) -> bool:
    """Only what came from the queue: whoever ran a submission at once has its client at hand."""
    comes_from_queue = submission.turn > 0 or submission.attempt > 1
    return comes_from_queue and _persistently(lambda: queue.give_back(submission))


def _store_result(submission: Submission, result: RunResult) -> None:
    values = {
        "status": Status.FINISHED,
        "finished": timezone.now(),
        "verdict": Verdict(result.verdict),
        "stdout": result.stdout,
        "stderr": result.stderr,
        "error": result.error or "",
        "exit_code": result.exit_code,
        "signal": result.signal,
        "truncated": result.truncated,
        "evidence": asdict(result.evidence),
        "wall_ms": result.usage.wall_ms,
        "cpu_ms": result.usage.cpu_ms,
        "memory_peak_bytes": result.usage.memory_peak_bytes,
        "image": result.image,
        "sandbox": result.sandbox,
        "warm": result.warm,
    }
    if submission.experiment:
        finding = judge(CATALOGUE[submission.experiment], result)
        values |= {"outcome": Outcome(finding.outcome), "finding": asdict(finding)}
        if finding.outcome == Outcome.BREACH and not submission.ablation:
            # How, in the program's words, is in the row: its output has no place in the log.
            logger.critical("submission %s: %s got through", submission.pk, submission.experiment)
    _finish(submission, values)


def _store_failure(submission: Submission, error: str) -> None:
    _finish(
        submission,
        {
            "status": Status.FINISHED,
            "finished": timezone.now(),
            "verdict": Verdict.INTERNAL_ERROR,
            "error": error,
        },
    )


def _finish(submission: Submission, values: dict[str, object]) -> None:
    """Of this attempt only: another may have been begun while this process could not be heard of."""
    values["lease"] = None
    for name, value in values.items():
        setattr(submission, name, value)
    mine = Submission.objects.running().filter(pk=submission.pk, attempt=submission.attempt)
    if _persistently(lambda: mine.update(**values)):
        metrics.ended(submission)
    else:
        logger.warning("attempt %d at %s came too late", submission.attempt, submission.pk)
        submission.refresh_from_db()  # nobody is to be told what is not stored


def _persistently(write: Callable[[], T]) -> T:
    """A result is not lost because the database starts anew. Raises DatabaseError in the end; the
    lease then runs out, and another attempt is made."""
    for pause in STORING_PAUSES:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            logger.warning("the database is away; trying again in %g s", pause, exc_info=True)
            connection.close()
            sleep(pause)
    return write()


def cancel_queued(submission: Submission) -> bool:
    """Ends what has not begun. False if it has."""
    ended = {
        "status": Status.FINISHED,
        "finished": timezone.now(),
        "verdict": Verdict.CANCELLED,
        "error": CANCELLED_IN_QUEUE,
    }
    return Submission.objects.queued().filter(pk=submission.pk).update(**ended) == 1


def withdraw(submission: Submission) -> bool:
    """Removes what no worker has ever claimed, as if it had not been submitted. False if one has."""
    untouched = Submission.objects.queued().filter(pk=submission.pk, attempt=0)
    with transaction.atomic():  # what points to it goes first, and nobody is to claim it meanwhile
        found = untouched.select_for_update().only("pk").first()
        return found is not None and bool(found.delete())


def erase_user(user: User) -> None:
    """Erases a person and all that they wrote; that something was run, when, under which limits and
    with which verdict stays for the audit. Raises TooManyRuns while a submission is under way."""
    with transaction.atomic():
        locked = get_user_model().objects.select_for_update().get(pk=user.pk)
        if Submission.objects.filter(user=locked).in_flight().exists():
            raise TooManyRuns(wait=1, detail="A submission of yours is under way; wait or stop it.")
        count = Submission.objects.filter(user=locked).update(
            **audit.WRITTEN, erased=timezone.now()
        )
        ApiToken.objects.filter(user=locked).delete()
        for name in OF_ACCOUNTS:
            apps.get_model(name).objects.filter(user=locked).delete()
        locked.username, locked.email = f"deleted-{locked.pk}", ""
        locked.first_name = locked.last_name = ""
        locked.is_active = locked.is_staff = locked.is_superuser = False
        locked.set_unusable_password()
        locked.save()
        audit.append(Action.ERASED, {"user": locked.pk, "count": count})


def prune(before: datetime) -> int:
    """Removes the submissions that finished before then, says so in the audit, and returns how many.

    Only what is sealed goes, so that the chain knows of everything that ever was.
    """
    audit.seal()
    with transaction.atomic():
        _, by_model = Submission.objects.filter(finished__lt=before).sealed().delete()
        count = by_model.get(Submission._meta.label, 0)
        Batch.objects.filter(entries=None).delete()
        if count:
            audit.append(Action.PRUNED, {"before": before.isoformat(), "count": count})
    return count
