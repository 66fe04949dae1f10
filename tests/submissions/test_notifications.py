"""Notifications of queued runs in the distributed mode: as many as needed, and not for long.

`make test-distributed`; the worker is this process's own.
"""

from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from kombu.connection import Connection
from kombu.entity import Queue
from pytest_django import Settings

from submissions.dispatch.broker import top_up
from submissions.lifecycle import queue
from submissions.lifecycle.models import Status, Submission
from tests.support.clients import AsUser
from tests.support.distributed import MARKS, all_ran, put_in
from tests.support.factories import make_submission
from tests.support.waiting import eventually

pytestmark = MARKS


@pytest.fixture
def broker() -> Any:
    return import_module("submissions.dispatch.broker")


def test_wake_ups_that_were_lost_are_made_up_for(alice: User) -> None:
    put_in(alice, 3)
    put_in(alice, 2, language="javascript")
    assert queue.startable_by_language() == {"python": 3, "javascript": 2}
    top_up()
    eventually(all_ran)


def test_nobody_is_notified_of_what_may_not_begin(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Such notifications came back with each round: a task for each row, which found nothing."""
    settings.RUN_MAX_PER_USER, settings.EXECUTOR_MAX_RUNS = 2, 4
    sent: list[str] = []
    monkeypatch.setattr("submissions.dispatch.broker.pending_notifications", lambda language: 0)

    def wake(language: str) -> bool:
        sent.append(language)
        return True

    monkeypatch.setattr("submissions.dispatch.broker.wake", wake)
    for _ in range(3):
        make_submission(alice, status=Status.RUNNING, verdict="", worker="another")
    put_in(alice, 9)
    put_in(bob, 9)
    top_up()
    assert sent == ["python"] * 3
    Submission.written.queued().delete()
    Submission.written.filter(user=alice).delete()
    eventually(all_ran)


def test_notification_that_nobody_takes_expires(
    broker: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Else they would pile up while all workers are busy."""
    name = f"{settings.BROKER_PREFIX}.unread.{uuid4().hex}"
    kind = broker.QUEUES["python"]
    unread = Queue(name, kind.exchange, name, queue_arguments=kind.queue_arguments)
    monkeypatch.setitem(broker.app.amqp.queues, name, unread)
    monkeypatch.setattr(broker, "run_queue", lambda language: name)
    monkeypatch.setattr(broker, "NOTIFICATION_SECONDS", 1)
    settings.EXECUTOR_LEASE_SECONDS = 1
    with Connection(settings.BROKER_URL) as connection:
        there = unread(connection.default_channel)
        there.declare()

        def count() -> int:
            return int(there.queue_declare(passive=True).message_count)

        try:
            assert broker.wake("python")
            eventually(lambda: count() == 1)
            eventually(lambda: count() == 0)
        finally:
            there.delete()


def test_wake_ups_too_many_find_nothing(alice: User, as_user: AsUser, broker: Any) -> None:
    for _ in range(20):
        assert broker.wake("python")
    assert as_user(alice).run().json()["verdict"] == "ok"
    eventually(lambda: broker.pending_notifications("python") == 0)
