"""Webhooks: signed, sent at least once, tried again for a day, and told to nobody else."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from submissions.audit.accounts.erasure import delete_account
from submissions.audit.retention import prune
from submissions.lifecycle.idempotency import IdempotencyKey
from submissions.lifecycle.models import Batch, BatchEntry, Status, Submission
from submissions.serializers.deliveries import body_of
from submissions.webhooks import sender, signing
from submissions.webhooks.models import Delivery, WebhookSecret
from tests.support.clients import ApiClient, AsUser
from tests.support.documents import ROOT
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.receivers import answering, is_signed, receiving
from tests.support.waiting import eventually
from tools.site import Service, service

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def local(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers of this test may be spoken to, and nobody waits between attempts."""
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_PRIVATE = [ip_network("127.0.0.0/8")]
    monkeypatch.setattr(sender, "pause", lambda attempts: timedelta(0))


def make_delivery(
    user: User, url: str, submission: Submission | None = None, **over: Any
) -> Delivery:
    if submission is None and "batch" not in over:
        submission = make_submission(user)
    return Delivery.objects.create(user=user, url=url, submission=submission, **over)


def send_all() -> None:
    while sender.send_next(body_of):
        pass


def listed(client: ApiClient, **query: Any) -> Any:
    return client.get("/api/deliveries/", query).json()["results"]


def test_result_is_posted_with_a_signature_that_a_receiver_can_check(alice: User) -> None:
    secret = signing.make_secret(alice)
    with receiving() as receiver:
        delivery = make_delivery(alice, receiver.address)
        send_all()
    [(_, headers, body)] = receiver.heard
    assert is_signed(secret, headers, body)
    assert not is_signed(secret, headers, body + b" ")
    assert headers["content-type"] == "application/json"
    told = json.loads(body)
    assert told["type"] == "submission.finished"
    assert told["data"]["id"] == str(present(delivery.submission).pk)
    assert (told["data"]["verdict"], told["data"]["output"]) == ("ok", "1\n")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.status_code) == ("delivered", 1, 200)
    assert not sender.send_next(body_of)


def test_webhook_of_a_deactivated_user_waits_until_they_are_active(alice: User) -> None:
    with receiving() as receiver:
        make_delivery(alice, receiver.address)
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
        send_all()
        assert receiver.heard == []
        type(alice).objects.filter(pk=alice.pk).update(is_active=True)
        send_all()
    assert len(receiver.heard) == 1


@pytest.mark.inline
@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_nothing_is_sent_before_the_end(alice: User, status: Status) -> None:
    with receiving() as receiver:
        make_delivery(alice, receiver.address, make_submission(alice, status=status, verdict=""))
        send_all()
        assert receiver.heard == []
        Submission.written.update(status=Status.FINISHED, verdict="ok")
        send_all()
        assert len(receiver.heard) == 1


def test_receiver_that_fails_three_times_is_tried_again_with_the_same_id(alice: User) -> None:
    secret = signing.make_secret(alice)
    with receiving(500, 500, 500, 200) as receiver:
        delivery = make_delivery(alice, receiver.address)
        send_all()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.status_code) == ("delivered", 4, 200)
    assert len({headers["webhook-id"] for _, headers, _ in receiver.heard}) == 1
    assert len({body for _, _, body in receiver.heard}) == 1
    assert all(is_signed(secret, headers, body) for _, headers, body in receiver.heard)


def test_receiver_that_always_fails_is_given_up_with_a_notice(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.WEBHOOK_ATTEMPTS = 3
    with receiving(503) as receiver:
        make_delivery(alice, receiver.address)
        send_all()
    assert len(receiver.heard) == 3
    [row] = listed(as_user(alice), state="failed")
    assert (row["attempts"], row["status_code"], row["url"]) == (3, 503, receiver.address)
    assert row["ended"]


def test_receiver_that_answers_gone_is_tried_once(alice: User) -> None:
    with receiving(410) as receiver:
        make_delivery(alice, receiver.address)
        send_all()
    assert len(receiver.heard) == 1
    assert Delivery.objects.get().state == "failed"


def test_redirect_is_a_failure_and_is_not_followed(alice: User, settings: Settings) -> None:
    settings.WEBHOOK_ATTEMPTS = 1
    with receiving() as target, receiving(302, Location=target.address) as receiver:
        make_delivery(alice, receiver.address)
        send_all()
    assert target.heard == []
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.status_code) == ("failed", 302)


def test_nothing_of_an_answer_but_its_status_is_shown(alice: User, as_user: AsUser) -> None:
    with receiving(404) as receiver:
        make_delivery(alice, receiver.address, due=timezone.now())
        sender.send_next(body_of)
    assert "secret page" not in as_user(alice).get("/api/deliveries/").content.decode()
    assert listed(as_user(alice))[0]["status_code"] == 404


def test_address_that_is_not_allowed_any_more_is_not_connected_to(
    alice: User, settings: Settings
) -> None:
    with receiving() as receiver:
        make_delivery(alice, receiver.address)
        settings.WEBHOOK_ALLOW_PRIVATE = []
        sender.send_next(body_of)
    assert receiver.heard == []
    assert "public address" in Delivery.objects.get().problem


def test_attempts_take_about_a_day(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.undo()
    pauses = [sender.pause(n).total_seconds() for n in range(1, settings.WEBHOOK_ATTEMPTS)]
    assert 4 <= pauses[0] <= 6
    assert 15 * 3600 < sum(pauses) < 30 * 3600
    assert max(pauses) <= 6 * 3600 * 1.2
    assert len({sender.pause(3) for _ in range(20)}) > 1


def test_pause_after_a_thousand_attempts_is_within_its_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    longest = sender.LONGEST_PAUSE * (1 + sender.JITTER)
    assert sender.pause(7) < sender.LONGEST_PAUSE / 2 < sender.pause(1000) <= longest


def test_pause_is_kept(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "pause", lambda attempts: timedelta(hours=1))
    with receiving(500) as receiver:
        make_delivery(alice, receiver.address)
        send_all()
    assert len(receiver.heard) == 1
    assert Delivery.objects.get().due > timezone.now() + timedelta(minutes=59)


@pytest.mark.django_db(transaction=True)
def test_parallel_senders_send_each_once(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "PER_USER", 100)

    def send(_: Any) -> None:
        try:
            send_all()
        finally:
            connection.close()

    with receiving() as receiver:
        for _ in range(24):
            make_delivery(alice, receiver.address)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(send, range(8)))
    assert len({headers["webhook-id"] for _, headers, _ in receiver.heard}) == 24
    assert len(receiver.heard) == 24


CLAIM_AND_DIE = """
import os, signal, sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from submissions.webhooks import sender as deliveries
assert deliveries.claim_next()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.django_db(transaction=True)
def test_sender_that_is_killed_loses_nothing(alice: User) -> None:
    with receiving() as receiver:
        make_delivery(alice, receiver.address)
        command = [sys.executable, "-c", CLAIM_AND_DIE, str(connection.settings_dict["NAME"])]
        assert subprocess.run(command, check=False).returncode == -9
        send_all()
        assert receiver.heard == []  # it is held
        Delivery.objects.update(lease=timezone.now())
        send_all()
    assert len(receiver.heard) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("delivered", 2)


def test_sender_that_is_killed_in_the_last_attempt_leaves_it_failed(
    alice: User, settings: Settings
) -> None:
    settings.WEBHOOK_ATTEMPTS = 1
    make_delivery(alice, "http://127.0.0.1:9/")
    assert sender.claim_next()
    Delivery.objects.update(lease=timezone.now())
    assert not sender.send_next(body_of)
    sender.give_up()
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == ("failed", 1)


def test_sender_that_comes_back_late_changes_nothing(alice: User) -> None:
    def late(delivery: Any) -> bytes:
        Delivery.objects.update(lease=timezone.now())
        send_all()
        return body_of(delivery)

    with receiving(200, 500) as receiver:
        make_delivery(alice, receiver.address)
        assert sender.send_next(late)
        assert len(receiver.heard) == 2
    assert (Delivery.objects.get().state, Delivery.objects.get().status_code) == ("delivered", 200)


def test_sender_that_comes_back_late_does_not_end_anothers_attempt(alice: User) -> None:
    def late(delivery: Any) -> bytes:
        Delivery.objects.update(lease=timezone.now())
        assert sender.claim_next()
        return body_of(delivery)

    with receiving(500) as receiver:
        make_delivery(alice, receiver.address)
        assert sender.send_next(late)
    delivery = Delivery.objects.get()
    assert (delivery.attempts, delivery.status_code) == (2, None)
    assert present(delivery.lease) > timezone.now()


def test_receivers_of_one_user_do_not_hold_up_anothers(alice: User, bob: User) -> None:
    with receiving() as receiver:
        for _ in range(5):
            make_delivery(alice, receiver.address)
        make_delivery(bob, receiver.address)
        claimed = [sender.claim_next() for _ in range(4)]
    assert [one.user.username for one in claimed if one] == ["alice"] * 2 + ["bob"]


def test_receiver_that_hangs_is_left_and_tried_again(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.webhooks.egress.ANSWER_SECONDS", 0.3)
    with answering() as address:
        make_delivery(alice, address)
        assert sender.send_next(body_of)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.lease, delivery.status_code) == ("pending", None, None)
    assert "in time" in delivery.problem


def test_webhook_of_a_batch_is_sent_after_its_last_run(alice: User) -> None:
    batch = Batch.objects.create(user=alice)
    entries = [make_submission(alice), make_submission(alice, status=Status.RUNNING, verdict="")]
    for position, submission in enumerate(entries):
        BatchEntry.objects.create(batch=batch, submission=submission, position=position)
    with receiving() as receiver:
        make_delivery(alice, receiver.address, batch=batch)
        send_all()
        assert receiver.heard == []
        Submission.written.update(status=Status.FINISHED, verdict="ok")
        send_all()
    told = json.loads(receiver.heard[0][2])
    assert (told["type"], told["data"]["done"]) == ("batch.finished", True)
    assert [row["id"] for row in told["data"]["submissions"]] == [str(one.pk) for one in entries]
    assert told["data"]["verdicts"] == {"ok": 2}


@pytest.mark.parametrize("viewer", ["bob", "staff"])
def test_others_see_no_delivery(
    alice: User, as_user: AsUser, request: pytest.FixtureRequest, viewer: str
) -> None:
    delivery = make_delivery(alice, "http://127.0.0.1/")
    client = as_user(request.getfixturevalue(viewer))
    assert listed(client) == []
    assert listed(client, submission=str(present(delivery.submission).pk)) == []
    assert client.get(f"/api/deliveries/{delivery.pk}/").status_code == 404
    assert as_user(alice).get(f"/api/deliveries/{delivery.pk}/").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_delivery_cannot_be_written(alice: User, as_user: AsUser, method: str) -> None:
    delivery = make_delivery(alice, "http://127.0.0.1/")
    for address in ("/api/deliveries/", f"/api/deliveries/{delivery.pk}/"):
        assert getattr(as_user(alice), method)(address).status_code == 405


def test_erased_user_leaves_no_address_no_secret_and_no_key(alice: User, as_user: AsUser) -> None:
    signing.make_secret(alice)
    delivery = make_delivery(alice, "http://127.0.0.1/")
    IdempotencyKey.objects.create(user=alice, key="k", digest="", submission=delivery.submission)
    delete_account(alice)
    assert not Delivery.objects.exists()
    assert not WebhookSecret.objects.exists()
    assert not IdempotencyKey.objects.exists()


def test_pruned_submission_takes_what_points_to_it_along(alice: User) -> None:
    delivery = make_delivery(alice, "http://127.0.0.1/")
    batch = Batch.objects.create(user=alice)
    BatchEntry.objects.create(batch=batch, submission=present(delivery.submission), position=0)
    make_delivery(alice, "http://127.0.0.1/", batch=batch)
    Submission.written.update(finished=timezone.now() - timedelta(days=9))
    IdempotencyKey.objects.create(user=alice, key="k", digest="", submission=delivery.submission)
    assert prune(timezone.now()) == 1
    assert not Delivery.objects.exists()
    assert not Batch.objects.exists()
    assert not IdempotencyKey.objects.exists()


def batch_of_files(served: Service, folder: Path) -> str:
    """What docs/examples/batch.py prints."""
    (folder / "a.py").write_text("print(6 * 7)")
    (folder / "b.js").write_text("throw 1")
    script = ROOT / "docs/examples/batch.py"
    command = [sys.executable, str(script), served.address, "a.py", "b.js"]
    environment = {"TOKEN": served.token}
    return subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.docker
@pytest.mark.inline
def test_webhook_of_a_queued_run_is_sent_by_the_service(tmp_path: Path) -> None:
    """The whole way: a real service, which sends to a real server; and the documents' client, with it."""
    with (
        receiving() as receiver,
        service(
            EXECUTOR_INSTANCE="webhooks",
            EXECUTOR_POOL_SIZE="0",
            WEBHOOK_ALLOW_HTTP="yes",
            WEBHOOK_ALLOW_PRIVATE="127.0.0.1",
        ) as served,
    ):
        asked = requests.Session()
        asked.headers["Authorization"] = f"Bearer {served.token}"
        secret = asked.post(f"{served.address}/api/webhook-secret/", timeout=30).json()["secret"]
        answer = asked.post(
            f"{served.address}/run",
            json={"code": "print(6 * 7)", "webhook": receiver.address},
            headers={"Prefer": "respond-async"},
            timeout=30,
        )
        assert answer.status_code == 202, answer.text
        eventually(lambda: receiver.heard)
        assert batch_of_files(served, tmp_path) == "== a.py: ok\n42\n== b.js: runtime_error\n"
    [(_, headers, body)] = receiver.heard
    assert is_signed(secret, headers, body)
    assert json.loads(body)["data"]["output"] == "42\n"
