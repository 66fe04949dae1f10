"""Whose webhook is sent next: users take turns."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from executor import Admission
from submissions.serializers.deliveries import body_of
from submissions.webhooks import sender
from submissions.webhooks.models import Delivery
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
