"""Each run has an end that is stored, though an answer of the database, a sandbox, a process is lost."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import (
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.test import Client

from executor import (
    Cancellation,
    EngineError,
    File,
    RunResult,
    Verdict,
)
from submissions.files import store
from submissions.lifecycle import attempt, queue
from submissions.lifecycle.errors import SandboxUnavailable
from submissions.lifecycle.models import Submission
from tests.support.clients import AsUser
from tests.support.ends import result, run, running
from tests.support.present import present

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.inline]


@pytest.mark.parametrize(
    "end", [EngineError("no sandbox"), result(verdict=Verdict.INTERNAL_ERROR, sandbox="")]
)
def test_cancelled_run_that_lost_its_sandbox_is_not_queued_again(
    alice: User,
    executed: Callable[..., list[RunResult | Exception]],
    end: RunResult | Exception,
) -> None:
    executed(end)
    cancellation = Cancellation()
    cancellation.cancel()
    with suppress(SandboxUnavailable):
        attempt.run_submission(
            running(alice), on_event=lambda event: None, cancellation=cancellation
        )
    ended = Submission.objects.get()
    assert ended.verdict == ("cancelled" if isinstance(end, EngineError) else "internal_error")
    assert "before it began" not in ended.error


def test_lost_run_of_a_closed_account_is_not_queued_again(alice: User) -> None:
    running(alice, lease=None)
    get_user_model().objects.update(is_active=False)
    assert queue.recover() == queue.Recovered(requeued=0, abandoned=1)
    assert Submission.objects.get().verdict == "internal_error"


def test_run_that_counted_as_lost_meanwhile_is_no_finished_one_for_its_client(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process was held up for longer than a lease, and another one has put it into the queue."""

    def execute(*args: Any, **options: Any) -> RunResult:
        Submission.written.update(lease=None)
        assert queue.recover().requeued == 1
        return result()

    monkeypatch.setattr(attempt, "execute", execute)
    answer = as_user(alice).run()
    stored = Submission.objects.get()
    assert (answer.status_code, answer.json()["code"]) == (503, "sandbox_unavailable")
    assert str(stored.pk) in answer.json()["detail"]
    assert stored.status == "queued"


class Away:
    """A database that does not answer the first writes of a result."""

    def __init__(self, error: OperationalError | Exception, times: int) -> None:
        self.error, self.left = error, times

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        if self.left and sql.startswith("UPDATE") and "submissions_submission" in sql:
            self.left -= 1
            raise self.error
        return execute(sql, params, many, context)


@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("closed")])
def test_result_is_stored_when_the_database_is_back(
    alice: User,
    executed: Callable[..., list[RunResult | Exception]],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    calls = executed(result())
    monkeypatch.setattr(attempt, "STORING_PAUSES", (0, 0, 0))
    monkeypatch.setattr(connection, "close", lambda: None)  # keeps the wrapper, and nothing else
    submission = running(alice)
    with connection.execute_wrapper(Away(error, times=3)):
        run(submission)
    stored = Submission.objects.get()
    assert (stored.status, stored.stdout) == ("finished", "hi\n")
    assert len(calls) == 1


class AnswerLost:
    """A database that stores the first end of a run, but whose answer to it is lost."""

    def __init__(self) -> None:
        self.is_lost = False

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if not self.is_lost and sql.startswith("UPDATE") and "submissions_submission" in sql:
            self.is_lost = True
            raise OperationalError("the connection is lost")
        return answer


def test_result_counts_of_which_only_the_databases_answer_was_lost(
    alice: User,
    executed: Callable[..., list[RunResult | Exception]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executed(result(files=(File(name="a.txt", content=b"made"),)))
    monkeypatch.setattr(attempt, "STORING_PAUSES", (0, 0, 0))
    monkeypatch.setattr(connection, "close", lambda: None)
    submission = running(alice, outputs=True)
    lost = AnswerLost()
    with connection.execute_wrapper(lost):
        run(submission)
    assert lost.is_lost
    assert (submission.status, submission.verdict) == ("finished", "ok")
    stored = Submission.objects.get()
    assert [file["name"] for file in present(stored.files_out)] == ["a.txt"]
    assert store.content_of(stored.pk, stored.attempt, 0) == b"made"


def test_run_during_a_long_database_outage_is_left_to_its_lease(
    alice: User,
    executed: Callable[..., list[RunResult | Exception]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executed(result())
    monkeypatch.setattr(attempt, "STORING_PAUSES", (0, 0))
    monkeypatch.setattr(connection, "close", lambda: None)
    submission = running(alice)
    away = Away(OperationalError("away"), times=3)
    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        run(submission)
    assert away.left == 0
    assert Submission.objects.get().status == "running"


@pytest.mark.django_db
def test_lost_connection_within_a_transaction_is_not_tried_again(
    alice: User,
    executed: Callable[..., list[RunResult | Exception]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the transaction wrote before is lost with it: trying on would store half of it."""
    executed(result())
    monkeypatch.setattr(attempt, "STORING_PAUSES", (0, 0))
    submission = running(alice)
    away = Away(OperationalError("away"), times=3)
    with (
        connection.execute_wrapper(away),
        pytest.raises(OperationalError),
        transaction.atomic(),
    ):
        run(submission)
    assert away.left == 2


def test_run_whose_client_of_judge0_got_no_answer_is_compared_all_the_same(
    alice: User,
    client: Client,
    token_of: Callable[..., dict[str, str]],
    executed: Callable[..., list[RunResult | Exception]],
) -> None:
    """A lost run is run again, for example, and its client asks for it later."""
    executed(EngineError("no sandbox"))
    headers, address = token_of(alice), "/judge0/submissions"
    body = {"language_id": 71, "source_code": "print(41)", "expected_output": "42"}
    sent = client.post(
        f"{address}?wait=true", body, content_type="application/json", headers=headers
    )
    assert sent.status_code == 503
    Submission.written.update(verdict="ok", stdout="41\n", exit_code=0)
    shown = client.get(f"{address}/{Submission.objects.get().pk}", headers=headers).json()
    assert shown["status"]["description"] == "Wrong Answer"
