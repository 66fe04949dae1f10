"""The dispatcher: held at start-up, started explicitly, stopped in order."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from threading import Thread
from time import sleep
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from kombu.connection import Connection
from kombu.exceptions import LimitExceeded
from pytest_django import Settings

from executor import Limits, RunEvent, RunRequest, RunResult, Verdict, default_limits, this_process
from submissions import startup
from submissions.audit.models import AuditEntry
from submissions.audit.sealer import Sealer
from submissions.dispatch import active, broker, worker
from submissions.dispatch.dispatcher import dispatcher, hold
from submissions.dispatch.feed import RESTART, Feed, LiveEvent
from submissions.dispatch.heartbeat import Heartbeat
from submissions.dispatch.local import LocalDispatcher
from submissions.dispatch.mailbox import Mailbox
from submissions.dispatch.remote import RemoteDispatcher
from submissions.dispatch.reporter import Reporter
from submissions.lifecycle import queue
from submissions.lifecycle.intake import Origin
from submissions.lifecycle.models import Status, Submission, Via
from tests.support.factories import make_submission
from tests.support.threads import beside
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.inline]

ORIGIN = Origin(via=Via.SESSION, client_address=None, user_agent="")
RUN = RunRequest(code="print('hi')", limits=default_limits())


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each run end at once."""
    result = RunResult(verdict=Verdict.OK, stdout="hi\n", limits=Limits(), sandbox="abc")
    monkeypatch.setattr("submissions.lifecycle.attempt.execute", lambda *args, **options: result)


@pytest.fixture(params=[LocalDispatcher, RemoteDispatcher])
def idle(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a dispatcher that is not started."""
    made = request.param()
    hold(made)
    yield made
    hold(None)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the threads that the test's own thread starts; those of the pool do so by themselves."""
    here, start, names = threading.current_thread(), Thread.start, []

    def record(thread: Thread) -> None:
        if threading.current_thread() is here:
            names.append(thread.name)
        start(thread)

    monkeypatch.setattr(Thread, "start", record)
    return names


def finished_in(thread: Thread) -> bool:
    thread.join(PATIENCE_SECONDS)
    return not thread.is_alive()


def test_dispatcher_that_is_looked_at_starts_no_thread(
    alice: User, idle: Any, begun: list[str]
) -> None:
    assert dispatcher() is idle
    assert not idle.reaches_broker()
    idle.gate_state()
    idle.pool_state()
    [queued] = idle.submit_later(user=alice, runs=[RUN], origin=ORIGIN)
    assert begun == []
    queued.refresh_from_db()
    assert queued.status == Status.QUEUED
    assert idle.cancel(queued, 0).verdict == "cancelled"


def test_idle_dispatcher_runs_in_the_callers_thread(
    alice: User, executed: None, begun: list[str]
) -> None:
    made = LocalDispatcher()
    submission = made.submit_and_wait(user=alice, run=RUN, origin=ORIGIN)
    assert (submission.status, submission.stdout) == ("finished", "hi\n")
    assert list(made.follow(submission)) == [LiveEvent("stdout", "hi\n")]
    assert begun == []


def test_idle_dispatcher_begins_no_run_that_needs_a_thread(alice: User) -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        LocalDispatcher().submit_and_return(user=alice, run=RUN, origin=ORIGIN)
    assert not Submission.objects.exists()


class Host:
    """A stand-in for the pool and the self-check, which other tests of this process still use."""

    def __init__(self, events: Any) -> None:
        self.events = events

    def start(self) -> None:
        self.events.append("start")

    def stop(self) -> None:
        self.events.append(sorted(thread.name for thread in started_by_site()))


def started_by_site() -> list[Thread]:
    names = ("sealer", "heartbeat", "sweeper", "queue", "housekeeper", "sender")
    return [thread for thread in threading.enumerate() if thread.name.startswith(names)]


def test_site_runs_what_is_queued_and_seals_it_when_it_stops(
    alice: User, executed: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.AUDIT_SEAL_SECONDS = 3600  # only the first round and the last one
    settings.RETENTION_DAYS = 0  # the housekeeper seals before it removes
    events: list[Any] = []
    monkeypatch.setattr(startup, "SandboxHost", lambda: Host(events))
    rounds: list[None] = []
    seal = Sealer.seal
    monkeypatch.setattr(Sealer, "seal", lambda self: rounds.append(seal(self)))
    site = startup.Site()
    assert not started_by_site()
    site.start()
    try:
        assert dispatcher() is site.dispatcher
        names = {thread.name for thread in started_by_site()}
        assert names >= {"sealer", "heartbeat", "sweeper", "queue", "housekeeper", "sender-0"}
        eventually(lambda: rounds)  # the first one is over
        [queued] = dispatcher().submit_later(user=alice, runs=[RUN], origin=ORIGIN)
        eventually(lambda: Submission.objects.get().status == Status.FINISHED)
        assert not AuditEntry.objects.filter(submission=queued.pk).exists()
    finally:
        site.stop()
        hold(None)
    assert AuditEntry.objects.filter(submission=queued.pk).exists()
    assert events == ["start", ["sealer"]]  # sandboxes go when nothing runs any more
    assert not started_by_site()


def test_heartbeat_renews_leases_until_the_last_run_of_a_site_has_ended(
    alice: User, executed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopping site waits for its runs, which must not count as lost meanwhile."""
    running, go_on = threading.Event(), threading.Event()
    beats: list[str] = []

    def execute(*args: Any, **options: Any) -> RunResult:
        running.set()
        go_on.wait(PATIENCE_SECONDS)
        beats.extend(one.name for one in started_by_site() if one.name == "heartbeat")
        return RunResult(verdict=Verdict.OK, limits=Limits(), sandbox="abc")

    monkeypatch.setattr("submissions.lifecycle.attempt.execute", execute)
    monkeypatch.setattr(startup, "SandboxHost", lambda: Host([]))
    site = startup.Site()
    site.start()
    dispatcher().submit_later(user=alice, runs=[RUN], origin=ORIGIN)
    assert running.wait(PATIENCE_SECONDS)
    stopper, _ = beside(site.stop)
    eventually(lambda: not any(one.name == "queue" for one in started_by_site()))
    go_on.set()
    assert finished_in(stopper)
    hold(None)
    assert beats == ["heartbeat"]


def test_run_is_found_as_soon_as_it_is_registered() -> None:
    pk = uuid4()
    finder, found = beside(lambda: active.find(pk, seconds=10 * PATIENCE_SECONDS))
    with active.register(pk) as feed:
        assert finished_in(finder)
        assert found == [feed]
    assert active.find(pk) is None


def test_follower_of_a_queued_run_hears_it_from_its_beginning(alice: User) -> None:
    submission = make_submission(alice, status=Status.QUEUED, verdict="", stdout="")
    events = LocalDispatcher().follow(submission)
    assert next(events) is None
    follower, heard = beside(lambda: next(event for event in events if event))
    with active.register(submission.pk) as feed:
        feed.publish(RunEvent(stream="stdout", text="first"))
        assert finished_in(follower)
    assert heard == [LiveEvent("stdout", "first")]


def mail(event: str, text: str = "", attempt: int = 1, **more: Any) -> Any:
    return {"id": "", "event": event, "text": text, "attempt": attempt, **more}


def test_mailbox_voids_the_output_of_an_attempt_that_was_lost() -> None:
    mailbox = Mailbox()
    mailbox.receive(mail("begun"))
    mailbox.receive(mail("stdout", "void"))
    mailbox.receive(mail("begun", attempt=2))
    mailbox.receive(mail("stdout", "good", attempt=2))
    mailbox.end()
    events = [event for event in mailbox.follow() if event]
    assert events == [LiveEvent("stdout", "void"), RESTART, LiveEvent("stdout", "good")]


def test_mailbox_takes_nothing_of_an_attempt_that_was_lost() -> None:
    """Its worker may report on, since nobody has told it that its lease has expired."""
    mailbox = Mailbox()
    mailbox.receive(mail("stdout", "void"))
    mailbox.receive(mail("begun", attempt=2))
    mailbox.receive(mail("stdout", "late"))
    mailbox.receive(mail("ended", result={"status": "finished"}))
    mailbox.receive(mail("stdout", "good", attempt=2))
    assert mailbox.result is None
    mailbox.end()
    events = [event for event in mailbox.follow() if event]
    assert events == [LiveEvent("stdout", "void"), RESTART, LiveEvent("stdout", "good")]


def test_sweeper_takes_no_run_of_its_own_process_for_lost(alice: User) -> None:
    """After an outage of the database all leases have expired, and it may come before the heartbeat."""
    own = make_submission(
        alice, status=Status.RUNNING, worker=this_process(), attempt=1, lease=None
    )
    other = make_submission(alice, status=Status.RUNNING, worker="gone", attempt=1, lease=None)
    with active.register(own.pk):
        Heartbeat(lambda: None)._recover()
    assert Submission.objects.get(pk=own.pk).status == "running"
    assert Submission.objects.get(pk=other.pk).status == "queued"


def test_broker_without_a_free_connection_costs_only_the_notification(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Busy:
        def acquire(self, **options: Any) -> Any:
            raise LimitExceeded(10)

    monkeypatch.setattr(broker, "_broker", lambda: Connection("memory://"))
    monkeypatch.setattr(broker, "producers", defaultdict(Busy))
    assert not broker.wake("python")
    assert "rows are polled" in caplog.text


def test_each_waiting_request_reads_the_row_after_a_report() -> None:
    """Every one of them gets the report."""
    mailbox = Mailbox()
    waits = [beside(lambda: mailbox.wait_to_look(0, PATIENCE_SECONDS)) for _ in range(4)]
    mailbox.receive(mail("ended", result={"status": "finished"}))
    assert all(finished_in(thread) for thread, _ in waits)
    assert [looks for _, [looks] in waits] == [1] * 4
    assert mailbox.wait_to_look(1, 0) == 1  # nothing new


def test_follower_reads_the_row_at_once_after_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("submissions.dispatch.feed.SILENCE_SECONDS", 10 * PATIENCE_SECONDS)
    mailbox = Mailbox()
    mailbox.receive(mail("stdout", "last"))
    mailbox.receive(mail("ended"))
    events = mailbox.follow()
    follower, heard = beside(lambda: [next(events), next(events)])
    assert finished_in(follower)
    assert heard == [[LiveEvent("stdout", "last"), None]]
    follower, last = beside(lambda: next(events))
    mailbox.receive(mail("ended"))
    assert finished_in(follower)
    assert last == [None]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Record messages and their receivers."""
    found = []
    monkeypatch.setattr(broker, "send", lambda to, message: found.append((to, message)))
    return found


def test_run_is_reported_once_to_each_listener_from_its_beginning(alice: User, sent: Any) -> None:
    feed = Feed()
    submission = make_submission(alice, attempt=2)
    reports = Reporter(submission, feed)
    feed.publish(RunEvent(stream="stdout", text="out"))
    reports.report_to("a")
    reports.report_to("a")
    submission.attempt = 3  # read again, since another attempt has ended meanwhile
    reports.report_to("b")
    feed.end()
    eventually(lambda: len(sent) == 6)
    for listener in ("a", "b"):
        messages = [message for to, message in sent if to == listener]
        assert [one["event"] for one in messages] == ["begun", "stdout", "ended"]
        assert {one["attempt"] for one in messages} == {2}


def calls(do: str, pk: UUID, **more: Any) -> None:
    worker.obey({"do": do, "id": str(pk), **more})


@pytest.mark.parametrize("reply_to", [{}, {"reply_to": "somebody"}], ids=["older", "newer"])
def test_call_to_cancel_ends_the_run_and_reports_it_if_wanted(
    alice: User, sent: Any, reply_to: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Web processes of the previous version want no report."""
    submission = make_submission(alice, status=Status.RUNNING)
    feed = Feed()
    monkeypatch.setitem(worker._reporters, submission.pk, Reporter(submission, feed))
    calls("cancel", submission.pk, **reply_to)
    assert feed.cancellation.requested
    feed.end()
    expected = ["begun", "ended"] if reply_to else []
    eventually(lambda: [message["event"] for _, message in sent] == expected)


def test_call_about_a_run_of_another_worker_is_ignored(sent: Any) -> None:
    calls("cancel", uuid4(), reply_to="somebody")
    calls("tell", uuid4(), reply_to="somebody")
    assert not sent


def test_run_that_has_begun_and_is_silent_has_been_heard_of() -> None:
    """Else a follower asks all workers about it every second."""
    mailbox = Mailbox()
    assert mailbox.is_empty
    mailbox.receive({"attempt": 1, "event": "begun", "text": ""})
    assert not mailbox.is_empty


def test_run_that_is_given_back_in_the_moment_of_its_cancellation_is_cancelled(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = make_submission(alice, status=Status.RUNNING, verdict="", worker=this_process())
    monkeypatch.setattr(Feed, "wait", lambda feed, seconds: queue.requeue(claimed))
    with active.register(claimed.pk):
        cancelled = LocalDispatcher().cancel(claimed, PATIENCE_SECONDS)
    assert (cancelled.status, cancelled.verdict) == (Status.FINISHED, Verdict.CANCELLED)


def test_run_that_is_claimed_and_not_begun_is_cancelled_when_it_begins(alice: User) -> None:
    claimed = make_submission(alice, status=Status.RUNNING, verdict="", worker=this_process())
    is_cancelled, feeds = threading.Event(), []

    def begin_late() -> None:
        sleep(1)
        with active.register(claimed.pk) as feed:
            feeds.append(feed)
            is_cancelled.wait(PATIENCE_SECONDS)

    thread = threading.Thread(target=begin_late)
    thread.start()
    LocalDispatcher().cancel(claimed, 0)
    is_cancelled.set()
    thread.join()
    assert [feed.cancellation.requested for feed in feeds] == [True]
