"""Each run that was begun gets an end that is stored, whatever is raised on the way to it."""

import logging
import math
from collections.abc import Callable
from typing import Any, cast

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import (
    DataError,
    IntegrityError,
)

from executor import (
    Cancellation,
    Evidence,
    RunRequest,
    RunResult,
    Usage,
    Verdict,
    default_limits,
)
from executor.admission.admission import admission
from submissions.dispatch import worker
from submissions.dispatch.consumers import Consumers
from submissions.dispatch.local import LocalDispatcher
from submissions.dispatch.reporter import Reporter
from submissions.lifecycle import attempt, columns, experiments, intake, queue
from submissions.lifecycle.errors import SandboxUnavailable
from submissions.lifecycle.models import Outcome, Status, Submission
from submissions.lifecycle.typed import Typist
from submissions.periodic import PeriodicThread
from tests.support.clients import AsUser
from tests.support.ends import result, run, running
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.inline]


REFUSED = [
    pytest.param(result(exit_code=10**30), id="integer-beyond-64-bits"),
    pytest.param(result(exit_code=-1), id="number-below-its-range"),
    pytest.param(result(stdout="\ud800"), id="lone-surrogate"),
    pytest.param(result(usage=Usage(memory_peak_bytes=-5)), id="negative-size"),
    pytest.param(result(evidence=Evidence(oom_kills=cast(int, math.nan))), id="json-that-is-none"),
    pytest.param(RuntimeError("a bug"), id="exception-of-the-executor"),
    pytest.param(KeyError("x"), id="key-error"),
    pytest.param(DataError("refused"), id="data-error"),
    pytest.param(IntegrityError("refused"), id="integrity-error"),
    pytest.param(ValueError("A string literal cannot contain NUL"), id="value-error"),
]


@pytest.mark.parametrize("end", REFUSED)
def test_run_that_can_not_be_stored_ends_as_an_internal_error_at_once(
    alice: User,
    executed: Callable[..., list[RunResult | Exception]],
    end: Exception | RunResult,
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls = executed(end)
    submission = running(alice)
    with caplog.at_level(logging.ERROR), pytest.raises(SandboxUnavailable) as raised:
        run(submission)
    stored = Submission.objects.get()
    assert (stored.status, stored.verdict) == ("finished", "internal_error")
    assert stored.finished
    assert stored.lease is None
    assert stored.stdout == ""
    assert str(stored.pk) in caplog.text
    assert str(stored.pk) in str(raised.value)
    assert len(calls) == 1
    assert queue.recover() == queue.Recovered(requeued=0, abandoned=0)


@pytest.mark.parametrize("end", REFUSED)
def test_answer_to_a_run_that_cannot_be_stored_names_the_stored_row(
    alice: User,
    as_user: AsUser,
    executed: Callable[..., list[RunResult | Exception]],
    end: Exception | RunResult,
) -> None:
    executed(end)
    answer = as_user(alice).run()
    stored = Submission.objects.get()
    assert answer.status_code == 503
    assert answer.json()["code"] == "sandbox_unavailable"
    assert str(stored.pk) in answer.json()["detail"]
    assert int(answer["Retry-After"]) > 0
    shown = as_user(alice).get(f"/api/submissions/{stored.pk}/").json()
    assert (shown["status"], shown["verdict"], shown["output"]) == (
        "finished",
        "internal_error",
        "",
    )


def test_queued_run_that_can_not_be_stored_is_run_once_by_a_worker(
    alice: User, executed: Callable[..., list[RunResult | Exception]]
) -> None:
    calls = executed(result(exit_code=10**30))
    make_submission(alice, status=Status.QUEUED, verdict="", worker="", turn=1)
    worker.run_next("")
    stored = Submission.objects.get()
    assert (stored.status, stored.verdict, stored.attempt) == ("finished", "internal_error", 1)
    worker.run_next("")
    assert len(calls) == 1


def test_experiment_that_this_process_does_not_know_is_unproven(
    alice: User, executed: Callable[..., list[RunResult | Exception]]
) -> None:
    executed(result())
    submission = running(alice, experiment="of-a-newer-version")
    run(submission)
    stored = Submission.objects.get()
    assert (stored.status, stored.verdict, stored.stdout) == ("finished", "ok", "hi\n")
    assert stored.outcome == Outcome.UNPROVEN
    assert "does not know" in present(stored.finding)["reason"]


def test_judge_that_fails_ends_the_run_as_an_internal_error(
    alice: User,
    executed: Callable[..., list[RunResult | Exception]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: Any) -> None:
        raise AssertionError

    executed(result())
    monkeypatch.setattr(experiments, "judge", fail)
    with pytest.raises(SandboxUnavailable):
        run(running(alice, experiment="fork-bomb"))
    assert Submission.objects.get().verdict == "internal_error"


def test_limit_that_this_process_does_not_know_ends_the_run(alice: User) -> None:
    with pytest.raises(SandboxUnavailable):
        run(running(alice, limits={"parsecs": 12}))
    assert Submission.objects.get().verdict == "internal_error"


def test_thread_that_cannot_be_started_ends_a_streamed_run(
    alice: User,
    executed: Callable[..., list[RunResult | Exception]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*args: Any) -> None:
        raise RuntimeError("can't start new thread")

    dispatcher = LocalDispatcher()
    dispatcher.start()
    monkeypatch.setattr(dispatcher._threads, "begin", full)
    with pytest.raises(SandboxUnavailable):
        dispatcher.submit_and_return(
            user=alice,
            run=columns.request_of(make_submission(alice)),
            origin=intake.Origin(via="session", client_address=None, user_agent=""),
        )
    dispatcher.stop()
    assert not Submission.objects.in_flight().exists()


def test_typist_without_a_thread_ends_its_run_at_once(
    alice: User,
    executed: Callable[..., list[RunResult | Exception]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executed(result())

    def start(thread: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(PeriodicThread, "start", start)
    submission = running(alice, typing="open")
    with pytest.raises(SandboxUnavailable):
        attempt.run_submission(
            submission,
            on_event=lambda event: None,
            cancellation=Cancellation(),
            typist=Typist(lambda text: None),
        )
    assert Submission.objects.get().verdict == "internal_error"


@pytest.mark.parametrize(("attempt", "status"), [(0, "queued"), (2, "finished")])
def test_thread_that_fails_to_start_holds_no_place(
    alice: User, monkeypatch: pytest.MonkeyPatch, attempt: int, status: str
) -> None:
    """Its run is queued again, or ends if that was its last attempt; place and thread are free."""
    consumers = Consumers(1, lambda submission: None)

    def full(*args: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(consumers._threads, "begin", full)
    queued = {"status": Status.QUEUED, "verdict": "", "worker": "", "turn": 1, "waited": False}
    make_submission(alice, attempt=attempt, **queued)
    held = admission().held
    with pytest.raises((RuntimeError, SandboxUnavailable)):
        consumers._begin()
    assert admission().held == held
    assert consumers._idle.acquire(blocking=False)
    assert Submission.objects.get().status == status


def test_account_that_is_closed_while_its_run_waits_stores_nothing(alice: User) -> None:
    get_user_model().objects.update(is_active=False)
    origin = intake.Origin(via="session", client_address=None, user_agent="")
    with pytest.raises(PermissionDenied):
        intake.submit(user=alice, run=RunRequest(code="1", limits=default_limits()), origin=origin)
    with pytest.raises(PermissionDenied):
        intake.submit_all(
            user=alice, runs=[RunRequest(code="1", limits=default_limits())], origin=origin
        )
    assert not Submission.objects.exists()


def test_thread_that_cannot_be_started_ends_a_workers_run(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Reporter, "report_to", full)
    queued = {"status": Status.QUEUED, "verdict": "", "worker": "", "turn": 1}
    make_submission(alice, streamed=True, reply_to="somebody", **queued)
    worker.run_next("")
    assert Submission.objects.get().verdict == "internal_error"


@pytest.mark.parametrize(("turn", "attempt"), [(0, 2), (1, 1)])
def test_run_without_a_sandbox_goes_back_to_the_queue_it_came_from(
    alice: User, executed: Callable[..., list[RunResult | Exception]], turn: int, attempt: int
) -> None:
    executed(result(verdict=Verdict.INTERNAL_ERROR))
    submission = running(alice, turn=turn, attempt=attempt)
    run(submission)
    stored = Submission.objects.get()
    assert (stored.status, stored.attempt) == ("queued", attempt)


def test_first_run_of_a_request_ends_with_its_request(
    alice: User, executed: Callable[..., list[RunResult | Exception]]
) -> None:
    executed(result(verdict=Verdict.INTERNAL_ERROR))
    run(running(alice, turn=0, attempt=1))
    assert Submission.objects.get().status == "finished"
