"""GET /api/submissions/{pk}/?wait=…: the answer comes at the end of the run."""

import threading
from time import monotonic

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from submissions.dispatch.dispatcher import dispatcher
from submissions.http.connections import place
from submissions.lifecycle.models import Status, Submission
from tests.support.clients import Answer, ApiClient, AsUser, post_async, post_batch
from tests.support.factories import make_submission
from tests.support.streams import join, open_streams

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("streams")]

SLEEPS = "import time; time.sleep(1); print('done')"


def get(client: ApiClient, submission: Submission, wait: str | int) -> Answer:
    return client.get(f"/api/submissions/{submission.pk}/", {"wait": wait})


@pytest.mark.docker
@pytest.mark.usefixtures("running_dispatcher")
def test_answer_comes_when_the_run_has_ended(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    address = post_async(client, SLEEPS)["Location"]
    answer = client.get(address, {"wait": 30})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["verdict"], body["output"]) == ("finished", "ok", "done\n")
    assert "Retry-After" not in answer
    assert open_streams() == 0


@pytest.mark.docker
@pytest.mark.usefixtures("running_dispatcher")
def test_run_that_is_called_off_ends_the_wait(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    told = post_async(client, "while True: pass").json()
    address = f"/api/submissions/{told['id']}/"

    def cancel() -> None:
        as_user(alice).post(f"{address}cancel/")
        connection.close()

    cancelling = threading.Timer(0.5, cancel)
    cancelling.start()
    try:
        body = client.get(address, {"wait": 30}).json()
    finally:
        cancelling.join()
    assert (body["status"], body["verdict"]) == ("finished", "cancelled")


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_run_of_another_process_ends_the_wait(alice: User, as_user: AsUser, status: Status) -> None:
    submission = make_submission(alice, status=status, verdict="", worker="another")

    def finish() -> None:
        Submission.written.filter(pk=submission.pk).update(status="finished", verdict="ok")
        connection.close()

    finishing = threading.Timer(0.5, finish)
    finishing.start()
    try:
        body = get(as_user(alice), submission, 30).json()
    finally:
        finishing.join()
    assert (body["status"], body["verdict"]) == ("finished", "ok")


@pytest.mark.parametrize("wait", ["1", "0", ""])
def test_run_that_lasts_longer_is_shown_as_it_is(alice: User, as_user: AsUser, wait: str) -> None:
    submission = make_submission(alice, status=Status.RUNNING, verdict="", worker="another")
    answer = get(as_user(alice), submission, wait)
    assert (answer.status_code, answer.json()["status"]) == (200, "running")
    assert answer["Retry-After"] == "1"
    assert open_streams() == 0


@pytest.mark.parametrize("wait", ["31", "-1", "1.5", "x", "1e1", "٣", "9" * 300, " 1 2"])
def test_wait_that_is_no_number_of_seconds_is_named(
    alice: User, as_user: AsUser, wait: str
) -> None:
    answer = get(as_user(alice), make_submission(alice), wait)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["wait"])


@pytest.mark.parametrize("query", [{"search": "print"}, {"verdict": "ok"}])
def test_narrowed_list_counts_as_a_stream(
    alice: User, as_user: AsUser, settings: Settings, query: dict[str, str]
) -> None:
    """It may have to read all runs of the user."""
    settings.STREAM_MAX_PER_USER = 1
    client = as_user(alice)
    held = join(client, make_submission(alice).pk)
    try:
        refused = client.get("/api/submissions/", query)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert client.get("/api/submissions/", {"page_size": 5}).status_code == 200
    finally:
        held.close()
    assert len(client.get("/api/submissions/", query).json()["results"]) == 1


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_process_that_is_about_to_stop_answers_who_waits(
    alice: User, as_user: AsUser, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would cut their connections; they are told to ask again."""
    submission = make_submission(alice, status=status, verdict="", worker="another")
    monkeypatch.setattr(dispatcher(), "is_closing", False)
    stopping = threading.Timer(0.3, setattr, (dispatcher(), "is_closing", True))
    stopping.start()
    try:
        began = monotonic()
        answer = get(as_user(alice), submission, 30)
        assert monotonic() - began < 20
    finally:
        stopping.join()
    assert (answer.json()["status"], answer["Retry-After"]) == (status, "1")


def test_wait_counts_as_a_stream(alice: User, as_user: AsUser, settings: Settings) -> None:
    settings.STREAM_MAX_PER_USER = 1
    finished = make_submission(alice)
    running = make_submission(alice, status=Status.RUNNING, verdict="", worker="another")
    client = as_user(alice)
    held = join(client, finished.pk)
    try:
        refused = get(client, running, 30)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert get(client, finished, 30).status_code == 200  # there is nothing to wait for
    finally:
        held.close()


def test_waiting_of_others_does_not_take_the_last_stream(
    alice: User, bob: User, as_user: AsUser, settings: Settings
) -> None:
    settings.STREAM_MAX, settings.STREAM_MAX_PER_USER = 2, 1
    running = make_submission(bob, status=Status.RUNNING, verdict="", worker="another")
    with place(alice.pk):
        assert get(as_user(bob), running, 1).status_code == 200


def test_another_users_submission_is_not_waited_for(
    alice: User, bob: User, as_user: AsUser
) -> None:
    running = make_submission(alice, status=Status.RUNNING, verdict="", worker="another")
    assert get(as_user(bob), running, 30).status_code == 404


def test_submission_that_is_removed_meanwhile_is_a_404(alice: User, as_user: AsUser) -> None:
    running = make_submission(alice, status=Status.RUNNING, verdict="", worker="another")

    def remove() -> None:
        Submission.written.filter(pk=running.pk).delete()
        connection.close()

    removing = threading.Timer(0.5, remove)
    removing.start()
    try:
        assert get(as_user(alice), running, 30).status_code == 404
    finally:
        removing.join()


def test_what_is_accepted_for_later_has_a_time_to_ask_again(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    for answer in (post_async(client), post_batch(client, [{"code": "1"}])):
        assert (answer.status_code, answer["Retry-After"]) == (202, "1")
