"""POST /run with Prefer: respond-async: queued, then read, followed or cancelled."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from executor import RunRequest, default_limits
from submissions.lifecycle.models import Status, Submission
from submissions.webhooks.models import Delivery
from submissions.webhooks.signing import make_secret
from tests.support.clients import ASYNC, AsUser
from tests.support.clients import post_async as post
from tests.support.present import present

# No worker is to take what is put into the queue here.
pytestmark = [pytest.mark.django_db, pytest.mark.inline]


def test_answer_comes_at_once_with_the_address_of_the_result(alice: User, as_user: AsUser) -> None:
    answer = post(as_user(alice), language="javascript", stdin="x", args=["a"])
    assert answer.status_code == 202
    assert answer["Preference-Applied"] == "respond-async"
    submission = Submission.objects.get()
    here = f"http://testserver/api/submissions/{submission.pk}/"
    assert answer["Location"] == here
    assert answer.json() == {
        "id": str(submission.pk),
        "status": "queued",
        "place_in_queue": 1,
        "url": here,
        "events": f"{here}events/",
    }
    assert (submission.language, submission.stdin, submission.args) == ("javascript", "x\n", ["a"])
    assert not submission.waited


@pytest.mark.parametrize(
    "prefer",
    ["Respond-Async", "wait=5, respond-async", "respond-async; x=y", 'a="b",respond-async'],
)
def test_preference_is_read_as_the_standard_has_it(
    alice: User, as_user: AsUser, prefer: str
) -> None:
    assert post(as_user(alice), headers={"Prefer": prefer}).status_code == 202


@pytest.mark.docker
@pytest.mark.parametrize("prefer", ["", "wait=5", "respond-asynchronously"])
def test_other_preferences_are_ignored(alice: User, as_user: AsUser, prefer: str) -> None:
    answer = post(as_user(alice), headers={"Prefer": prefer})
    assert (answer.status_code, answer.json()["output"]) == (200, "42\n")
    assert "Preference-Applied" not in answer


def test_queued_one_can_be_called_off(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    told = post(client).json()
    answer = client.post(f"/api/submissions/{told['id']}/cancel/")
    assert (answer.status_code, answer.json()["verdict"]) == (200, "cancelled")
    assert client.post(f"/api/submissions/{told['id']}/cancel/").status_code == 409


def test_list_can_be_filtered_to_queued_submissions(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    told = post(client).json()
    [row] = client.get("/api/submissions/", {"status": "queued"}).json()["results"]
    assert row["id"] == told["id"]
    assert client.get("/api/submissions/", {"status": "running"}).json()["results"] == []


def test_full_queue_of_a_user_is_a_429_and_stores_nothing(
    alice: User, bob: User, as_user: AsUser, settings: Settings
) -> None:
    settings.QUEUE_MAX_PER_USER = 1
    assert post(as_user(alice)).status_code == 202
    answer = post(as_user(alice))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_runs")
    assert int(answer["Retry-After"]) >= 1
    assert Submission.objects.count() == 1
    assert post(as_user(bob)).status_code == 202


def test_full_queue_of_all_is_a_503_and_stores_nothing(
    alice: User, bob: User, as_user: AsUser, settings: Settings
) -> None:
    settings.QUEUE_MAX = 1
    assert post(as_user(alice)).status_code == 202
    answer = post(as_user(alice))
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer["Retry-After"]) >= 1
    assert Submission.objects.count() == 1
    assert post(as_user(bob)).status_code == 202  # bob has nothing queued


def test_it_needs_no_free_place(alice: User, as_user: AsUser, settings: Settings) -> None:
    """Runs for waiting clients do not close the queue."""
    settings.RUN_MAX_PER_USER = 1
    client = as_user(alice)
    assert [post(client).status_code for _ in range(3)] == [202] * 3


def test_stream_and_async_at_once_is_refused(alice: User, as_user: AsUser) -> None:
    answer = post(as_user(alice), headers={**ASYNC, "Accept": "text/event-stream"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Prefer"])
    assert not Submission.objects.exists()


def test_wrong_field_is_named_at_once(alice: User, as_user: AsUser) -> None:
    answer = post(as_user(alice), "", language="cobol")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (400, ["code", "language"])


def test_webhook_is_promised_with_the_submission(alice: User, as_user: AsUser) -> None:
    make_secret(alice)
    url = "https://hooks.example.org/done?a=b"
    told = post(as_user(alice), webhook=url).json()
    delivery = Delivery.objects.get()
    assert (str(present(delivery.submission).pk), delivery.url) == (told["id"], url)
    assert (delivery.state, delivery.user) == ("pending", alice)


def test_webhook_without_a_secret_is_refused(alice: User, as_user: AsUser) -> None:
    answer = post(as_user(alice), webhook="https://hooks.example.org/")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["webhook"])
    assert "secret" in str(answer.json())
    assert not Submission.objects.exists()


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_webhook_of_a_waiting_client_is_refused(alice: User, as_user: AsUser, accept: str) -> None:
    make_secret(alice)
    headers = {"Accept": accept}
    answer = post(as_user(alice), headers=headers, webhook="https://hooks.example.org/")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["webhook"])
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.1]/",
        "https://user:secret@hooks.example.org/",
        "https://hooks.example.org:25/",
        "javascript:alert(1)",
        "\x00",
        7,
    ],
)
def test_webhook_that_may_not_be_is_refused(alice: User, as_user: AsUser, url: int | str) -> None:
    make_secret(alice)
    answer = post(as_user(alice), webhook=url)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["webhook"])
    assert not Submission.objects.exists()


def test_submission_and_its_webhook_are_stored_together_or_not_at_all(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_secret(alice)

    def fail(**fields: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(Delivery.objects, "create", fail)
    client = as_user(alice, raise_request_exception=False)
    assert post(client, webhook="https://hooks.example.org/").status_code == 500
    assert not Submission.objects.exists()


def test_stranger_can_queue_nothing(client: Client) -> None:
    assert post(client).status_code == 401


def test_all_that_a_run_may_be_given_survives_the_queue(alice: User) -> None:
    from submissions.dispatch.dispatcher import dispatcher
    from submissions.lifecycle.columns import request_of
    from submissions.lifecycle.intake import Origin

    run = RunRequest(
        code="é\n",
        language="javascript",
        stdin="i",
        args=("a", ""),
        read_only=False,
        limits=default_limits(),
    )
    origin = Origin(via="session", client_address=None, user_agent="")
    [submission] = dispatcher().submit_later(user=alice, runs=[run], origin=origin)
    submission.refresh_from_db()
    assert (request_of(submission), submission.status) == (run, Status.QUEUED)
