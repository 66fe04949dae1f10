"""Queued runs and repeated requests in real sandboxes, in either mode."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection

from submissions.lifecycle.models import Submission
from tests.support.clients import Answer, AsUser, post_batch, programs
from tests.support.clients import post_async as post
from tests.support.clients import post_with_key as post_once
from tests.support.streams import events_in, join, open_streams, printed, stream_of
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = [
    pytest.mark.docker,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("long_runs", "patient_cancel", "running_dispatcher"),
]

FOR_EVER = "import time\nprint('on', flush=True)\nwhile True: time.sleep(1)"


def test_it_is_run_and_its_result_can_be_fetched(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    address = post(client)["Location"]
    eventually(lambda: client.get(address).json()["status"] == "finished")
    body = client.get(address).json()
    assert (body["verdict"], body["output"]) == ("ok", "42\n")


def test_its_events_can_be_followed_from_the_queue_to_the_end(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    told = post(client, "for n in range(3): print(n, flush=True)").json()
    events = list(events_in(stream_of(join(client, told["id"]))))
    assert printed(events) == "0\n1\n2\n"
    assert events[-1][0] == "result"
    assert events[-1][1]["verdict"] == "ok"


def test_running_one_can_be_called_off(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    told = post(client, FOR_EVER).json()
    eventually(lambda: client.get(told["url"]).json()["status"] == "running")
    answer = client.post(f"/api/submissions/{told['id']}/cancel/")
    assert (answer.status_code, answer.json()["verdict"]) == (200, "cancelled")


def test_batch_is_run_each_program_for_itself(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    address = post_batch(client, [*programs(3), {"code": "1 / 0"}]).json()["url"]
    eventually(lambda: client.get(address).json()["done"])
    body = client.get(address).json()
    assert body["statuses"] == {"queued": 0, "running": 0, "finished": 4}
    assert body["verdicts"] == {"ok": 3, "runtime_error": 1}
    outputs = [client.get(row["url"]).json()["output"] for row in body["submissions"]]
    assert outputs == ["0\n", "1\n", "2\n", ""]


def test_cancelling_ends_a_running_program(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    body = post_batch(client, [{"code": FOR_EVER}] * 3).json()
    eventually(lambda: client.get(body["url"]).json()["statuses"]["running"])
    answer = client.post(f"{body['url']}cancel/").json()
    assert (answer["done"], answer["verdicts"]) == (True, {"cancelled": 3})


def test_repeated_run_gets_the_stored_answer(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    first, second = post_once(client), post_once(client)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert first.json()["output"] == "42\n"
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert Submission.objects.count() == 1


def test_repetition_waits_for_the_first_and_gets_its_answer(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)

    def ask() -> Answer:
        try:
            return post_once(client, {"code": FOR_EVER})
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(ask)
        eventually(lambda: Submission.objects.running().exists())
        others = [pool.submit(ask) for _ in range(2)]
        eventually(lambda: open_streams() == 2)  # they wait
        as_user(alice).post(f"/api/submissions/{Submission.objects.get().pk}/cancel/")
        answers = [one.result(PATIENCE_SECONDS) for one in (first, *others)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["verdict"] for answer in answers} == {"cancelled"}
    assert [answer.get("Idempotency-Replayed") for answer in answers] == [None, "true", "true"]
    assert Submission.objects.count() == 1
    assert open_streams() == 0
