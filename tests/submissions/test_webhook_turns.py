"""Whose webhook is sent next: users take turns. And how many of a user wait."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from executor import Admission
from submissions.lifecycle.models import Submission
from submissions.serializers.deliveries import body_of
from submissions.webhooks import deliveries, sender
from submissions.webhooks.models import Delivery, DeliveryState
from submissions.webhooks.signing import make_secret
from tests.support.clients import AsUser, post_async, post_batch
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db


def deliver(user: User) -> None:
    submission = make_submission(user)
    Delivery.objects.create(user=user, url="http://127.0.0.1/", submission=submission)


def test_users_take_turns_whatever_waits_and_however_long_receivers_take(
    alice: User, bob: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two whose receivers hang always had the oldest delivery, so nobody else's was sent."""
    moment = 0.0
    turns = Admission(
        places=sender.THREADS,
        waiting=0,
        seconds=0,
        light_seconds=sender.STEP_SECONDS,
        clock=lambda: moment,
    )
    monkeypatch.setattr(sender, "_turns", turns)
    sent: list[str] = []

    def attempt(delivery: Delivery, body_of: Any) -> tuple[int, str]:
        nonlocal moment
        moment += 0.1 if delivery.user == staff else 10
        sent.append(delivery.user.username)
        return 200, ""

    monkeypatch.setattr(sender, "_attempt", attempt)
    for _ in range(3):
        deliver(alice)
        deliver(bob)
    for _ in range(4):
        deliver(staff)
    while sender.send_next(body_of):
        pass
    assert sent[:6] == ["alice", "bob", *["staff"] * 4]
    assert len(sent) == 10


def test_user_with_very_many_webhooks_to_send_gets_no_more(
    alice: User, bob: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not answer takes two at a time, ten seconds each, and a user may add sixty in a
    minute."""
    monkeypatch.setattr(deliveries, "PENDING_MAX", 2)
    for user in (alice, bob):
        make_secret(user)
    client, hook = as_user(alice), "https://example.org/"
    assert post_async(client, webhook=hook).status_code == 202
    assert post_batch(client, [{"code": "1"}] * 3, webhook=hook).status_code == 202
    stored = Submission.objects.filter(user=alice)
    for refused in (
        post_async(client, webhook=hook),
        post_batch(client, [{"code": "1"}] * 3, webhook=hook),
    ):
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_webhooks")
        assert int(refused["Retry-After"]) > 0
        assert stored.count() == 4
    assert post_async(client).status_code == 202
    assert post_async(as_user(bob), webhook=hook).status_code == 202
    Delivery.objects.filter(user=alice).update(state=DeliveryState.FAILED)
    assert post_async(client, webhook=hook).status_code == 202


def test_webhook_that_fewer_attempts_leave_without_another_has_failed(
    alice: User, settings: Settings
) -> None:
    deliver(alice)
    Delivery.objects.update(attempts=3)
    settings.WEBHOOK_ATTEMPTS = 3
    sender.give_up()
    assert Delivery.objects.get().state == "failed"
