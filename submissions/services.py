"""What happens to submissions. The only writer of their rows."""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from executor import (
    Cancellation,
    EngineError,
    EventSink,
    RunRequest,
    RunResult,
    ablation_is_allowed,
    execute,
    process_is_alive,
    this_process,
)
from executor.experiments import CATALOGUE, judge

from . import audit
from .exceptions import SandboxUnavailable, TooManyRuns
from .models import Action, ApiToken, Outcome, Status, Submission, Verdict

logger = logging.getLogger(__name__)

SLACK = timedelta(seconds=60)
"""Beyond its wall clock, how long a submission may be under way before it counts as lost."""
INTERRUPTED = "The service was stopped before the program ended; please run it again"
FAILED = "The sandbox failed; this is our fault, not your program's"

OF_ACCOUNTS = ("account.EmailAddress", "mfa.Authenticator", "usersessions.UserSession")


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a submission came from, for the audit."""

    via: str
    client_address: str | None
    user_agent: str
    token_key: str = ""


def submit(*, user: User, run: RunRequest, origin: Origin, experiment: str = "") -> Submission:
    """Stores a submission as queued. Raises TooManyRuns at RUN_MAX_PER_USER under way, and
    PermissionDenied for a weakened sandbox that the user may not have.

    `experiment` names the attack of the catalogue that the run is, if it is one.

    Counting and storing are one transaction that excludes the user's others: on SQLite because it
    writes from its beginning (IMMEDIATE), on PostgreSQL because it locks the user's row.
    """
    if run.ablation:
        _check_weakened(user, experiment)
    with transaction.atomic():
        get_user_model().objects.select_for_update().only("pk").get(pk=user.pk)
        if Submission.objects.filter(user=user).in_flight().count() >= settings.RUN_MAX_PER_USER:
            raise TooManyRuns(
                wait=1,
                detail=f"{settings.RUN_MAX_PER_USER} of your submissions are under way already.",
            )
        return Submission.objects.create(
            user=user,
            language=run.language,
            code=run.code,
            stdin=run.stdin,
            args=list(run.args),
            read_only=run.read_only,
            limits=asdict(run.limits),
            experiment=experiment,
            ablation=run.ablation,
            worker=this_process(),
            **asdict(origin),
        )


def _check_weakened(user: User, experiment: str) -> None:
    """Only experiments, whose programs are known; only by those who may; only where it is allowed."""
    allowed = ablation_is_allowed() and user.has_perm("submissions.run_weakened")
    if not allowed or experiment not in CATALOGUE:
        raise PermissionDenied("You may not run this without one of its layers.")


def run_submission(
    submission: Submission,
    run: RunRequest,
    *,
    on_event: EventSink | None = None,
    cancellation: Cancellation | None = None,
) -> Submission:
    """Runs a queued submission and stores what came of it.

    Whatever goes wrong, the row does not stay under way. Raises SandboxUnavailable.
    """
    started = timezone.now()
    if not _claim(submission, started):
        raise RuntimeError(f"submission {submission.pk} is not queued")
    try:
        result = _execute(run, on_event, cancellation)
    except Exception as error:
        _store_failure(submission, FAILED)
        if isinstance(error, EngineError):
            logger.warning("submission %s got no sandbox: %s", submission.pk, error)
            raise SandboxUnavailable(
                f"No sandbox can be had at the moment (submission {submission.pk})."
            ) from error
        raise
    _store_result(submission, result)
    return submission


def _execute(
    run: RunRequest, on_event: EventSink | None, cancellation: Cancellation | None
) -> RunResult:
    if on_event is None:
        return execute(run, cancellation=cancellation)
    return execute(run, on_event=on_event, cancellation=cancellation)


def _claim(submission: Submission, now: datetime) -> bool:
    """From queued to running; exactly one claimant wins."""
    submission.status, submission.started = Status.RUNNING, now
    claimed = Submission.objects.filter(pk=submission.pk, status=Status.QUEUED)
    return claimed.update(status=Status.RUNNING, started=now, worker=this_process()) == 1


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
            logger.critical("submission %s: %s", submission.pk, finding.reason)
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
    for name, value in values.items():
        setattr(submission, name, value)
    Submission.objects.filter(pk=submission.pk, status=Status.RUNNING).update(**values)


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


def recover_interrupted() -> int:
    """Ends the submissions whose process died, or that can't be under way any more, and returns how
    many. Where the process can't be seen from here (another machine, or this one before it booted
    anew), only the time that a run may take decides."""
    lost = [
        submission.pk
        for submission in Submission.objects.in_flight().only("worker", "created", "limits")
        if _is_lost(submission)
    ]
    recovered = (
        Submission.objects.in_flight()
        .filter(pk__in=lost)
        .update(
            status=Status.FINISHED,
            finished=timezone.now(),
            verdict=Verdict.INTERNAL_ERROR,
            error=INTERRUPTED,
        )
    )
    if recovered:
        logger.warning("%d submissions had been interrupted", recovered)
    return recovered


def _is_lost(submission: Submission) -> bool:
    longest = timedelta(seconds=submission.limits["wall_seconds"]) + SLACK
    return (
        process_is_alive(submission.worker) is False
        or timezone.now() - submission.created > longest
    )


def prune(before: datetime) -> int:
    """Removes the submissions that finished before then, says so in the audit, and returns how many.

    Only what is sealed goes, so that the chain knows of everything that ever was.
    """
    audit.seal()
    with transaction.atomic():
        _, by_model = Submission.objects.filter(finished__lt=before).sealed().delete()
        count = by_model.get(Submission._meta.label, 0)
        if count:
            audit.append(Action.PRUNED, {"before": before.isoformat(), "count": count})
    return count
