"""What there is not is null, in every answer: no field has two words for nothing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from submissions.lifecycle.models import Batch, Status, Submission
from submissions.serializers.deliveries import body_of
from submissions.serializers.results import result_of
from submissions.webhooks.models import Delivery
from tests.support.clients import ApiClient, AsUser, post_batch

pytestmark = pytest.mark.django_db

TEXTS = {"output", "stderr", "stdin"}
"""Texts of a program; an empty one is a text, too."""
NOTHING_YET = {"verdict", "error", "experiment", "ablation", "outcome"}


def empty_strings(found: Any, name: str = "") -> Iterator[str]:
    """Yield the names of fields that hold an empty string."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from empty_strings(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from empty_strings(value, name)
    elif found == "" and name not in TEXTS:
        yield name


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


@pytest.fixture
def batch(client: ApiClient) -> Any:
    return post_batch(client, [{"code": "1"}]).json()


def test_submission_that_waits_has_nulls(client: ApiClient, batch: Any) -> None:
    [row] = batch["submissions"]
    one = client.get(f"/api/submissions/{row['id']}/").json()
    [listed] = client.get("/api/submissions/").json()["results"]
    for found in (row, one, listed):
        assert list(empty_strings(found)) == []
        assert {name for name in NOTHING_YET if found[name] is None} == NOTHING_YET
    result = result_of(Submission.objects.get())
    assert (result["verdict"], result["error"]) == (None, None)


def test_notification_and_delivery_have_nulls(alice: User, client: ApiClient, batch: Any) -> None:
    Submission.written.update(status=Status.FINISHED, verdict="ok")
    url = "https://hooks.example.org/"
    for about in ({"submission": Submission.objects.get()}, {"batch": Batch.objects.get()}):
        delivery = Delivery.objects.create(user=alice, url=url, **about)
        assert list(empty_strings(json.loads(body_of(delivery)))) == []
        shown = client.get(f"/api/deliveries/{delivery.pk}/").json()
        assert list(empty_strings(shown)) == []
        assert (shown["problem"], shown["status_code"]) == (None, None)
