"""The examples in docs/ work."""

import runpy
import time

import pytest
from django.utils import timezone

from submissions.webhooks import signing
from submissions.webhooks.models import Delivery
from tests.support.documents import ROOT
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def is_genuine():
    return runpy.run_path(str(EXAMPLES / "receiver.py"))["is_genuine"]


@pytest.fixture
def sent(alice):
    """Return a secret, and the headers and body that the service sends."""
    secret = signing.make_secret(alice)
    delivery = Delivery.objects.create(user=alice, submission=make_submission(alice), url="x")
    return secret, signing.headers(delivery, b'{"a": 1}', timezone.now()), b'{"a": 1}'


def test_receiver_accepts_a_signed_request(is_genuine, sent):
    assert is_genuine(*sent)


def test_receiver_accepts_a_signature_with_the_previous_secret(alice, is_genuine, sent):
    secret, _, body = sent
    signing.make_secret(alice)
    headers = signing.headers(Delivery.objects.get(), body, timezone.now())
    assert is_genuine(secret, headers, body)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_other"},
        {"webhook-timestamp": str(int(time.time()) + 120)},  # recent, and not when it was sent
        {"webhook-timestamp": str(int(time.time()) - 3600)},
        {"webhook-timestamp": "soon"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA v1,ä"},
    ],
)
def test_receiver_does_not_believe_other_headers(is_genuine, sent, change):
    secret, headers, body = sent
    assert not is_genuine(secret, {**headers, **change}, body)


def test_receiver_does_not_believe_another_body_or_secret(is_genuine, sent):
    secret, headers, body = sent
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine("whsec_AAAA", headers, body)
    assert not is_genuine("whsec_!", headers, body)
