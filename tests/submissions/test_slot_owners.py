"""Whose slots the runs of the site use: each user's own, and no slot at all for a run of the lab."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from executor.conf import config
from executor.pool.pool import Pool
from submissions.lifecycle import attempt
from submissions.lifecycle.models import Submission
from tests.support import ends, lab
from tests.support.clients import AsUser
from tests.support.slots import skip_without_slots
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.django_db


def test_owner_of_a_run_is_its_user_and_a_run_of_the_lab_has_none(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners: list[Any] = []

    def execute(*arguments: Any, owner: object, **options: Any) -> Any:
        owners.append(owner)
        return ends.result()

    monkeypatch.setattr(attempt, "execute", execute)
    for user in (alice, bob, alice):
        ends.run(ends.running(user))
    ends.run(ends.running(alice, experiment="memory-bomb"))
    assert owners == [alice.pk, bob.pk, alice.pk, None]


@pytest.fixture
def slots(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Pool]:
    """The executor's pool of a site with slots."""
    skip_without_slots()
    settings.EXECUTOR_ISOLATION = "auto"
    instance = f"test-{uuid4().hex[:12]}"
    made = Pool(replace(config(), instance=instance, pool_size=1, isolation="auto"))
    monkeypatch.setattr(sys.modules["executor.execute"], "pool", lambda: made)
    monkeypatch.setattr("executor.pool.owned.SETTLE_SECONDS", PATIENCE_SECONDS)
    made.start()
    try:
        eventually(lambda: made.state().ready == made.state().target)
        yield made
    finally:
        made.close()


@pytest.mark.docker
@pytest.mark.inline  # a worker has a pool of its own
@pytest.mark.usefixtures("slots")
def test_users_of_the_site_share_no_container_and_the_lab_shares_it_with_nobody(
    alice: User, bob: User, as_user: AsUser
) -> None:
    clients = {user.pk: as_user(user) for user in (alice, bob)}
    for user in (alice, bob) * 3:
        assert clients[user.pk].run("print(1)").json()["output"] == "1\n"
    assert lab.run(clients[alice.pk], "environment").status_code == 302

    of_the_lab = Submission.objects.get(experiment="environment")
    runs = Submission.objects.filter(experiment="")
    assert set(runs.values_list("lane", flat=True)) == {"slot"}
    used = [set(runs.filter(user=one).values_list("sandbox", flat=True)) for one in (alice, bob)]
    assert [len(sandboxes) for sandboxes in used] == [1, 1]  # three runs each
    assert used[0].isdisjoint(used[1])
    assert of_the_lab.lane == "container"
    assert of_the_lab.sandbox not in used[0] | used[1]
