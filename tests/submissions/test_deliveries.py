"""The list of deliveries: a user's own, by run or batch, and nothing of others."""

import pytest
from django.contrib.auth.models import User

from submissions.lifecycle.models import Batch
from submissions.webhooks.models import Delivery
from tests.support.clients import AsUser
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

URL = "https://example.org/"


def test_page_of_the_list_offers_nothing_of_others(alice: User, bob: User, as_user: AsUser) -> None:
    """It offered the runs and batches of everybody as filters."""
    own = make_submission(alice)
    Delivery.objects.create(user=alice, url=URL, submission=own)
    others = [make_submission(bob), make_submission(alice), Batch.objects.create(user=bob)]
    page = as_user(alice).get("/api/deliveries/", headers={"Accept": "text/html"}).content.decode()
    assert own.pk.hex in page.replace("-", "")
    assert [one for one in others if one.pk.hex in page.replace("-", "")] == []


@pytest.mark.parametrize("name", ["submission", "batch"])
def test_list_is_narrowed_to_a_run_or_batch(alice: User, as_user: AsUser, name: str) -> None:
    about = {"submission": make_submission(alice), "batch": Batch.objects.create(user=alice)}
    for kind, one in about.items():
        Delivery.objects.create(user=alice, url=URL, **{kind: one})
    client = as_user(alice)
    for pk, found in ((str(about[name].pk), [str(about[name].pk)]), ("0" * 32, [])):
        rows = client.get("/api/deliveries/", {name: pk}).json()["results"]
        assert [row[name] for row in rows] == found
