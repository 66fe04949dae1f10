"""Submissions whose process died, and what is kept in the queue."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from executor import Cancellation, EngineUnavailable, this_process
from submissions.dispatch import active
from submissions.lifecycle import queue
from submissions.lifecycle.attempt import run_submission
from submissions.lifecycle.errors import SandboxUnavailable
from submissions.lifecycle.models import Status, Submission
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = pytest.mark.django_db


def dead_process() -> str:
    code = "from executor.owner import this_process; print(this_process())"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def running(user: User, **over: Any) -> Submission:
    values = {"status": Status.RUNNING, "verdict": "", "stdout": "", "attempt": 1}
    return make_submission(user, **{**values, "lease": queue.lease_expiry(), **over})


def test_run_of_a_dead_process_is_queued_again(alice: User) -> None:
    submission = running(alice, worker=dead_process())
    assert queue.recover() == queue.Recovered(requeued=1, abandoned=0)
    submission.refresh_from_db()
    assert (submission.status, submission.worker, submission.lease) == ("queued", "", None)
    assert queue.claim_next() == submission


def test_run_that_lost_its_process_too_often_ends_as_an_internal_error(alice: User) -> None:
    submission = running(alice, worker=dead_process(), attempt=3)
    assert queue.recover() == queue.Recovered(requeued=0, abandoned=1)
    submission.refresh_from_db()
    assert (submission.status, submission.verdict) == ("finished", "internal_error")
    assert "run it again" in submission.error
    assert submission.finished is not None


def test_run_of_a_living_process_continues(alice: User) -> None:
    running(alice, worker=this_process())
    assert queue.recover() == queue.Recovered(requeued=0, abandoned=0)


def test_run_of_an_unseen_process_continues_until_its_lease_expires(alice: User) -> None:
    submission = running(alice, worker="boot/1/2/3")
    assert queue.recover() == queue.Recovered(requeued=0, abandoned=0)
    Submission.written.filter(pk=submission.pk).update(lease=timezone.now() - timedelta(seconds=1))
    assert queue.recover() == queue.Recovered(requeued=1, abandoned=0)


@pytest.mark.parametrize("changed", ["attempt", "lease"])
@pytest.mark.parametrize("attempt", [1, queue.MAX_ATTEMPTS])
def test_run_that_changed_hands_during_the_sweep_is_left_alone(
    alice: User, monkeypatch: pytest.MonkeyPatch, changed: str, attempt: int
) -> None:
    """Between the sweep's look at a row and its write, the run may be extended, or begun by another."""
    submission = running(alice, attempt=attempt)
    later = timezone.now() + timedelta(hours=1)
    meanwhile = {"attempt": attempt + 1} if changed == "attempt" else {"lease": later}

    def dies_just_then(worker: Any) -> bool:
        Submission.written.filter(pk=submission.pk).update(**meanwhile)
        return False

    monkeypatch.setattr(queue, "process_is_alive", dies_just_then)
    assert queue.recover() == queue.Recovered(requeued=0, abandoned=0)
    submission.refresh_from_db()
    assert submission.status == Status.RUNNING


def test_lease_is_extended_by_its_own_process_only(alice: User) -> None:
    soon = timezone.now() + timedelta(seconds=1)
    mine = running(alice, lease=soon, worker=this_process())
    others = running(alice, lease=soon, worker="boot/1/2/3")
    queue.renew_leases([mine.pk, others.pk])
    mine.refresh_from_db()
    others.refresh_from_db()
    assert present(mine.lease) > soon
    assert others.lease == soon


def test_queued_and_finished_submissions_are_left_alone(alice: User) -> None:
    make_submission(alice, worker="boot/1/2/3")
    make_submission(alice, status=Status.QUEUED, verdict="", worker="")
    assert queue.recover() == queue.Recovered(requeued=0, abandoned=0)


def run(submission: Submission) -> Submission:
    return run_submission(submission, on_event=lambda event: None, cancellation=Cancellation())


def test_result_of_an_attempt_that_was_given_up_is_not_stored(alice: User) -> None:
    submission = running(alice, code="print('late')")
    Submission.written.filter(pk=submission.pk).update(attempt=2)
    run(submission)
    submission.refresh_from_db()
    assert (submission.status, submission.stdout) == ("running", "")


def test_submission_from_the_queue_that_finds_no_engine_is_queued_again(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*args: Any, **options: Any) -> None:
        raise EngineUnavailable("no answer")

    monkeypatch.setattr("submissions.lifecycle.attempt.execute", unavailable)
    submission = make_submission(alice, status=Status.QUEUED, verdict="", worker="", turn=1)
    for attempt in (1, 2, 3):  # as docs/faults.md and docs/operations.md say
        assert queue.claim_next() == submission
        submission.refresh_from_db()
        assert submission.attempt == attempt
        with pytest.raises(SandboxUnavailable):
            run(submission)
    submission.refresh_from_db()
    assert (submission.status, submission.verdict) == ("finished", "internal_error")


def test_run_registered_twice_ends_twice_and_the_later_one_is_found(alice: User) -> None:
    """It counted as lost while it ran, and was begun again here."""
    pk = running(alice).pk
    earlier, later = active.register(pk), active.register(pk)
    first = earlier.__enter__()
    second = later.__enter__()
    earlier.__exit__(None, None, None)
    assert first.wait(0)
    assert active.find(pk) is second
    assert not second.wait(0)
    later.__exit__(None, None, None)
    assert second.wait(0)
    assert active.find(pk) is None
    assert pk not in active.active_ids()


def test_run_registered_twice_ends_where_the_later_leaves_first(alice: User) -> None:
    pk = running(alice).pk
    with active.register(pk) as first:
        with active.register(pk) as second:
            pass
        assert second.wait(0)
    assert first.wait(0)
    assert pk not in active.active_ids()
