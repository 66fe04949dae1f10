"""What only the distributed site does: `make test-distributed`. The worker is this process's own."""

from contextlib import ExitStack, closing, suppress
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from executor import Busy, Check, Closed, GateState, RunRequest, default_limits
from submissions.dispatch import registry
from submissions.dispatch.broker import top_up
from submissions.dispatch.dispatcher import dispatcher
from submissions.dispatch.mailbox import FIRST, watched
from submissions.dispatch.models import Worker
from submissions.dispatch.remote import RemoteDispatcher
from submissions.lifecycle import queue
from submissions.lifecycle.models import Status, Submission
from tests.support.clients import AsUser
from tests.support.distributed import MARKS, ORIGIN, all_ran, put_in
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.threads import beside
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = MARKS


@pytest.fixture
def broker() -> Any:
    return import_module("submissions.dispatch.broker")


@pytest.fixture
def remote() -> Any:
    return import_module("submissions.dispatch.remote")


def test_run_that_no_worker_takes_in_time_is_a_503_without_a_row(
    alice: User,
    as_user: AsUser,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def closed(*args: Any, **kwargs: Any) -> None:
        raise Closed("nothing is run", retry_after=1)

    admitted: list[Any] = []
    admit_any = import_module("submissions.dispatch.worker").admit_any

    def counted(*args: Any, **kwargs: Any) -> Any:
        admitted.append(args)
        return admit_any(*args, **kwargs)

    monkeypatch.setattr("submissions.dispatch.worker.admit_any", counted)
    settings.EXECUTOR_QUEUE_SECONDS = 0.5
    with monkeypatch.context() as patch:
        patch.setattr("submissions.dispatch.worker.admit_any", closed)
        answer = as_user(alice).run()
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert not Submission.objects.exists()
    settings.EXECUTOR_QUEUE_SECONDS = PATIENCE_SECONDS
    assert as_user(alice).run().json()["verdict"] == "ok"
    # The first notification was given back. It must not wake a worker in another test.
    eventually(lambda: len(admitted) >= 2)
    assert not [record for record in caplog.records if record.name.startswith("celery")]


def test_lost_notification_costs_a_second_and_no_result(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.dispatch.broker.send", lambda reply_to, message: None)
    assert as_user(alice).run("print('all the same')").json()["output"] == "all the same\n"


def test_missing_broker_is_a_503_and_queued_runs_wait(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.EXECUTOR_QUEUE_SECONDS = 0.5
    with monkeypatch.context() as patch:
        patch.setattr("submissions.dispatch.broker.wake", lambda language: False)
        assert as_user(alice).run().status_code == 503
        dispatcher().submit_later(
            user=alice, runs=[RunRequest(code="1", limits=default_limits())], origin=ORIGIN
        )
    assert queue.startable_by_language() == {"python": 1}
    top_up()
    eventually(all_ran)


def test_queued_runs_of_a_user_at_the_limit_run_one_after_another(
    alice: User, settings: Settings
) -> None:
    settings.RUN_MAX_PER_USER = 1
    dispatcher().submit_later(
        user=alice, runs=[RunRequest(code="1", limits=default_limits())] * 8, origin=ORIGIN
    )
    eventually(all_ran)


def test_follower_is_notified_when_a_run_is_repeated(remote: Any) -> None:
    pk = uuid4()
    with watched(pk) as mailbox:
        news = {"id": str(pk), "event": "stdout", "mailbox": mailbox.name}
        remote.receive({**news, "attempt": 1, "text": "void"})
        remote.receive({**news, "attempt": 2, "text": "good"})
        events = mailbox.follow()
        assert [next(events), next(events), next(events)] == [
            ("stdout", "void"),
            ("restart", ""),
            ("stdout", "good"),
        ]


def test_follower_gets_pieces_that_come_later_than_the_row(alice: User, remote: Any) -> None:
    submission = make_submission(alice, streamed=True)
    news = {"id": str(submission.pk), "attempt": 1, "mailbox": FIRST}
    with watched(submission.pk, FIRST):
        remote.receive({**news, "event": "begun"})
        remote.receive({**news, "event": "stdout", "text": "first"})
        with closing(remote.RemoteDispatcher().follow(submission)) as events:
            assert next(events).text == "first"
            assert next(events) is None
            remote.receive({**news, "event": "stdout", "text": "last"})
            remote.receive({**news, "event": "ended"})
            assert [event.text for event in events if event] == ["last"]


def test_notification_without_a_follower_is_ignored(remote: Any) -> None:
    remote.receive({"id": str(uuid4()), "event": "stdout", "attempt": 1, "text": "x"})


def closed_worker(name: str, seconds_ago: int = 0) -> Worker:
    registry.report()
    worker = Worker.objects.get()
    gate = GateState(check=Check.FAILED, reason="be-root: breach", since=0.0)
    worker.state["gate"] = {
        "check": gate.check,
        "reason": gate.reason,
        "since": 0.0,
        "checked": 0.0,
    }
    seen = timezone.now() - timedelta(seconds=seconds_ago)
    return Worker(name=name, seen=seen, state=worker.state)


def test_site_is_open_while_one_worker_is(alice: User, client: Client) -> None:
    closed_worker("another").save()
    # Not at once: a part of the answer may come too late while the listener connects.
    eventually(lambda: client.get("/healthz").status_code == 200)
    Worker.objects.exclude(pk="another").delete()
    eventually(lambda: "be-root: breach" in client.get("/healthz").content.decode())
    assert client.get("/healthz").status_code == 503


def test_site_without_a_worker_that_was_seen_lately_runs_nothing(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    Worker.objects.update(seen=timezone.now() - timedelta(seconds=settings.EXECUTOR_LEASE_SECONDS))
    client = as_user(alice)
    eventually(lambda: client.run().status_code == 503)
    assert client.run().json()["code"] == "closed"
    assert "No worker" in client.run().json()["detail"]
    registry.report()
    eventually(lambda: client.run().status_code == 200)


def test_staff_see_all_pools_as_one(staff: User, as_user: AsUser) -> None:
    ours = as_user(staff).get("/api/pool/").json()
    other = Worker.objects.get()
    other.pk = "another"
    other.save(force_insert=True)
    assert as_user(staff).get("/api/pool/").json()["target"] == {
        slug: 2 * count for slug, count in ours["target"].items()
    }


def test_run_that_is_given_back_is_stored_once(alice: User) -> None:
    (submission,) = put_in(alice)
    claimed = present(queue.claim_next("python"))
    assert claimed == submission
    assert queue.requeue(claimed)
    assert not queue.requeue(claimed)
    top_up()
    eventually(all_ran)
    submission.refresh_from_db()
    assert (submission.status, submission.attempt, submission.stdout) == (Status.FINISHED, 2, "1\n")


def test_plain_request_gets_a_thread_while_others_hold_all_they_may(
    alice: User, bob: User, as_user: AsUser
) -> None:
    """Each request that waits for a run holds a thread of the web process."""
    remote = dispatcher()
    assert isinstance(remote, RemoteDispatcher)
    clients = remote.clients
    with ExitStack() as held:
        with suppress(Busy):
            while True:
                held.enter_context(clients.place(alice.pk))
        assert clients.held < settings.WEB_CLIENTS_MAX
        assert as_user(alice).run().status_code == 503
        assert as_user(bob).run().status_code == 200
    assert as_user(alice).run().status_code == 200


# One write: `print` writes the text and the end of its line one after the other.
SLEEPS = "import os, time\nos.write(1, b'on\\n')\ntime.sleep(600)"


def runs(user: User) -> Submission:
    """A program that nobody waits for, and that a worker has begun."""
    [submission] = dispatcher().submit_later(
        user=user, runs=[RunRequest(code=SLEEPS, limits=default_limits())], origin=ORIGIN
    )
    eventually(lambda: Submission.objects.running().exists())
    return submission


@pytest.mark.usefixtures("long_runs")
def test_cancelled_run_returns_with_the_report_of_its_end(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is looked at only when a report says so: the next look is minutes away."""
    submission = runs(alice)
    monkeypatch.setattr("submissions.dispatch.remote.SILENCE_SECONDS", 10 * PATIENCE_SECONDS)
    canceller, ended = beside(lambda: dispatcher().cancel(submission, PATIENCE_SECONDS))
    canceller.join(PATIENCE_SECONDS)
    assert [one.verdict for one in ended] == ["cancelled"]


@pytest.mark.usefixtures("long_runs")
def test_call_for_a_runs_end_that_is_lost_is_repeated(
    alice: User, broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may come while the worker has claimed the run, and has not begun it."""
    submission, broadcast = runs(alice), broker.broadcast
    lost: list[Any] = []
    monkeypatch.setattr(
        broker, "broadcast", lambda call: broadcast(call) if lost else lost.append(call)
    )
    assert dispatcher().cancel(submission, PATIENCE_SECONDS).verdict == "cancelled"
    assert [call["do"] for call in lost] == ["cancel"]


@pytest.mark.usefixtures("long_runs")
def test_call_that_comes_before_a_run_has_begun_ends_it(alice: User) -> None:
    (submission,) = put_in(alice, code=SLEEPS)
    import_module("submissions.dispatch.worker").obey({"do": "cancel", "id": str(submission.pk)})
    top_up()
    eventually(lambda: Submission.objects.get().verdict == "cancelled")


@pytest.mark.usefixtures("long_runs")
def test_run_that_is_given_back_while_it_is_called_off_is_cancelled(
    alice: User, broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker is lost, so the call reaches nobody."""
    claim = queue.claim_next
    monkeypatch.setattr(queue, "claim_next", lambda *args, **options: None)  # by the worker
    (submission,) = put_in(alice, code=SLEEPS)
    claimed = present(claim("python"))
    monkeypatch.setattr(broker, "broadcast", lambda call: queue.requeue(claimed))
    assert dispatcher().cancel(submission, PATIENCE_SECONDS).verdict == "cancelled"
    assert Submission.objects.get().attempt == 1


@pytest.mark.usefixtures("long_runs")
def test_cancelled_run_whose_report_is_lost_returns_with_the_next_look(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = runs(alice)
    monkeypatch.setattr("submissions.dispatch.broker.send", lambda reply_to, message: None)
    assert dispatcher().cancel(submission, PATIENCE_SECONDS).verdict == "cancelled"


@pytest.mark.usefixtures("long_runs")
def test_follower_who_comes_back_gets_the_output_from_its_beginning_while_it_runs(
    alice: User,
) -> None:
    submission = runs(alice)
    for _ in range(2):
        with closing(dispatcher().follow(submission)) as events:
            assert next(event for event in events if event) == ("stdout", "on\n")
        assert Submission.objects.running().exists()
    dispatcher().cancel(submission, PATIENCE_SECONDS)


def test_report_to_the_mailbox_before_is_not_taken(remote: Any) -> None:
    pk = uuid4()
    with watched(pk) as gone:
        pass
    with watched(pk) as mailbox:
        late = {"id": str(pk), "event": "stdout", "attempt": 1, "text": "x", "mailbox": gone.name}
        remote.receive(late)
        assert mailbox.is_empty


def test_worker_of_a_later_attempt_is_called(
    alice: User, remote: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = make_submission(alice, status=Status.RUNNING, verdict="", attempt=2)
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr("submissions.dispatch.broker.broadcast", calls.append)
    with watched(submission.pk) as mailbox, closing(dispatcher().follow(submission)) as events:
        news = {"id": str(submission.pk), "event": "stdout", "mailbox": mailbox.name}
        mailbox.receive({**news, "attempt": 1, "text": "void"})
        assert [next(events), next(events)] == [("stdout", "void"), None]
        assert [call["do"] for call in calls] == ["tell", "tell"]
        mailbox.receive({**news, "attempt": 2, "text": "good"})
        assert [next(events) for _ in range(3)] == [("restart", ""), ("stdout", "good"), None]
        assert len(calls) == 2
