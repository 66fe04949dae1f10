"""Idempotency-Key: a request that comes twice makes one thing."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from executor import EngineUnavailable
from executor.admission.admission import Admission
from submissions.api import batches
from submissions.lifecycle.idempotency import IdempotencyKey
from submissions.lifecycle.intake import discard_unclaimed
from submissions.lifecycle.models import Batch, Status, Submission
from tests.support.clients import PROGRAM, Answer, ApiClient, AsUser
from tests.support.clients import post_with_key as post
from tests.support.waiting import PATIENCE_SECONDS

# No worker is to take what is put into the queue here.
pytestmark = [pytest.mark.django_db, pytest.mark.inline]


def later(client: ApiClient, body: Any = PROGRAM, key: str = "k") -> Answer:
    return post(client, body, key, Prefer="respond-async")


def batch(client: ApiClient, body: Any = None, key: str = "k") -> Answer:
    return post(client, body or {"submissions": [PROGRAM]}, key, "/api/batches/")


def test_repeated_async_run_gets_the_same_submission(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    first, second = later(client), later(client)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert second["Location"] == first["Location"]
    assert second["Idempotency-Replayed"] == "true"
    assert Submission.objects.count() == 1


def test_repeated_batch_is_the_same_batch(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    first, second = batch(client), batch(client)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert (Batch.objects.count(), Submission.objects.count()) == (1, 1)


def test_order_of_the_fields_makes_no_other_request(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    later(client, {"code": "1", "language": "python"})
    assert later(client, {"language": "python", "code": "1"}).status_code == 202


@pytest.mark.parametrize("other", [{"code": "2"}, {**PROGRAM, "stdin": "x"}])
def test_other_request_under_the_key_is_a_422(
    alice: User, as_user: AsUser, other: dict[str, Any]
) -> None:
    client = as_user(alice)
    later(client)
    for answer in (later(client, other), post(client, other), batch(client)):
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_key_reused"
    assert Submission.objects.count() == 1


def test_key_of_another_user_is_another_key(alice: User, bob: User, as_user: AsUser) -> None:
    first, second = later(as_user(alice)), later(as_user(bob))
    assert first.json()["id"] != second.json()["id"]
    assert "Idempotency-Replayed" not in second


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "a\x7fb", "ä"])
def test_invalid_key_is_named(alice: User, as_user: AsUser, key: str) -> None:
    for answer in (later(as_user(alice), key=key), batch(as_user(alice), key=key)):
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])
    assert not Submission.objects.exists()


def test_key_of_255_characters_is_one(alice: User, as_user: AsUser) -> None:
    assert later(as_user(alice), key="~" * 255).status_code == 202


def test_key_is_forgotten_after_a_day(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    first = later(client)
    IdempotencyKey.objects.update(created=timezone.now() - timedelta(days=1, minutes=1))
    second = later(client, {"code": "another"})
    assert second.status_code == 202
    assert first.json()["id"] != second.json()["id"]
    assert IdempotencyKey.objects.count() == 1


def test_wrong_request_does_not_use_up_its_key(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    assert later(client, {"code": ""}).status_code == 400
    assert batch(client, {"submissions": []}).status_code == 400
    assert later(client).status_code == 202


def test_full_queue_does_not_use_up_the_key(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.QUEUE_MAX_PER_USER = 1
    client = as_user(alice)
    later(client, key="first")
    assert later(client).status_code == 429
    assert batch(client).status_code == 429
    settings.QUEUE_MAX_PER_USER = 9
    answer = later(client)
    assert (answer.status_code, "Idempotency-Replayed" in answer) == (202, False)


@pytest.mark.docker
def test_full_service_does_not_use_up_the_key(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(alice)
    house = Admission(places=1, waiting=0, seconds=3)
    with monkeypatch.context() as patch, house.place("bob"):
        patch.setattr("executor.admission.admission.admission", lambda: house)
        assert post(client).status_code == 503
    answer = post(client)
    assert (answer.status_code, "Idempotency-Replayed" in answer) == (200, False)


@pytest.mark.docker
def test_run_without_a_sandbox_does_not_use_up_the_key(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise EngineUnavailable("no answer")

    client = as_user(alice)
    with monkeypatch.context() as patch:
        patch.setattr("submissions.lifecycle.attempt.execute", away)
        assert post(client).status_code == 503
    assert post(client).json()["output"] == "42\n"


def test_replay_needs_no_free_place(alice: User, as_user: AsUser, settings: Settings) -> None:
    client = as_user(alice)
    answer = later(client)
    settings.QUEUE_MAX_PER_USER = settings.QUEUE_MAX = 1
    settings.RUN_MAX_PER_USER = 1
    assert later(client).json() == answer.json()


def test_withdrawn_submission_leaves_its_key_free(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    later(client)
    assert discard_unclaimed(Submission.objects.get())
    assert not Submission.objects.exists()
    assert "Idempotency-Replayed" not in later(client)


def test_submission_that_a_worker_had_begun_is_not_withdrawn(alice: User, as_user: AsUser) -> None:
    """It was run, in part at least: the audit knows it."""
    later(as_user(alice))
    Submission.written.update(attempt=1)  # and given back to the queue
    assert not discard_unclaimed(Submission.objects.get())
    assert Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", [later, batch])
def test_parallel_requests_make_one(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, ask: Callable[..., Any]
) -> None:
    monkeypatch.setattr(batches._reading, "_seconds", PATIENCE_SECONDS)
    count = 6  # as many batches of a user as are read at once or wait for that
    start = threading.Barrier(count)

    def hit(_: Any) -> Any:
        client = as_user(alice)
        start.wait(PATIENCE_SECONDS)
        try:
            return ask(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(hit, range(count)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer for answer in answers) == count - 1
    assert Submission.objects.count() == 1


HIT = """
import sys
from concurrent.futures import ThreadPoolExecutor
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.contrib.auth.models import User
from django.db import connection, transaction
from submissions.lifecycle.models import Batch
from submissions.lifecycle.idempotency import KeyTaken, RequestKey, remember

def hit(_):
    try:
        with transaction.atomic():
            user = User.objects.get()
            remember(RequestKey("k", "d"), user, batch=Batch.objects.create(user=user))
    except KeyTaken:
        return 0
    finally:
        connection.close()
    return 1

with ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(hit, range(20))))
"""


@pytest.mark.django_db(transaction=True)
def test_key_is_exact_over_threads_and_processes(alice: User) -> None:
    command = [sys.executable, "-c", HIT, str(connection.settings_dict["NAME"])]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(process.communicate()[0]) for process in processes) == 1
    assert (IdempotencyKey.objects.count(), Batch.objects.count()) == (1, 1)


def test_stored_digest_does_not_reveal_the_request(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    later(as_user(alice))
    digest = IdempotencyKey.objects.get().digest
    IdempotencyKey.objects.all().delete()
    settings.SECRET_KEY = "another" * 9
    later(as_user(alice))
    assert IdempotencyKey.objects.get().digest != digest


def test_submission_is_unchanged_by_a_repeated_key(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    later(client)
    Submission.written.update(status=Status.FINISHED, verdict="ok", stdout="42\n")
    assert later(client).json()["status"] == "finished"
    answer = post(client)
    assert (answer.status_code, answer.json()["output"]) == (200, "42\n")
