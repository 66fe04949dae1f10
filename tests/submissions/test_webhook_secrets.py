"""Secrets of webhooks: made on request, shown once, never stored."""

import base64
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from submissions.webhooks import signing
from submissions.webhooks.models import Delivery, WebhookSecret
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.receivers import is_signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(alice: User) -> Delivery:
    return Delivery.objects.create(user=alice, submission=make_submission(alice), url="x")


def test_secret_is_made_and_shown_once(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    assert client.get("/api/webhook-secret/").status_code == 404
    answer = client.post("/api/webhook-secret/")
    assert answer.status_code == 201
    secret = answer.json()["secret"]
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert client.get("/api/webhook-secret/").json().keys() == {"created", "previous_until"}
    stored = WebhookSecret.objects.values().get()
    assert secret.removeprefix("whsec_") not in str(stored)


def test_stored_salt_signs_nothing_without_the_key(
    alice: User, delivery: Delivery, settings: Settings
) -> None:
    secret = signing.make_secret(alice)
    settings.WEBHOOK_KEY = "another"
    assert not is_signed(secret, signing.headers(delivery, b"{}", timezone.now()), b"{}")


def test_users_have_secrets_of_their_own(alice: User, bob: User) -> None:
    assert signing.make_secret(alice) != signing.make_secret(bob)


def test_stranger_makes_no_secret(client: Client) -> None:
    assert client.post("/api/webhook-secret/").status_code == 401


def test_secret_before_the_newest_is_valid_for_a_day(alice: User, delivery: Delivery) -> None:
    first, second = signing.make_secret(alice), signing.make_secret(alice)
    now = timezone.now()
    headers = signing.headers(delivery, b"{}", now)
    assert is_signed(first, headers, b"{}")
    assert is_signed(second, headers, b"{}")
    tomorrow = signing.headers(delivery, b"{}", now + timedelta(days=1, minutes=1))
    assert not is_signed(first, tomorrow, b"{}")
    assert is_signed(second, tomorrow, b"{}")


def test_two_new_secrets_in_a_row_end_one_that_others_know(alice: User, delivery: Delivery) -> None:
    leaked = signing.make_secret(alice)
    signing.make_secret(alice)
    newest = signing.make_secret(alice)
    headers = signing.headers(delivery, b"", timezone.now())
    assert not is_signed(leaked, headers, b"")
    assert is_signed(newest, headers, b"")
