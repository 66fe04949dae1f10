"""Batches: many programs in one request, accepted all or not at all."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from executor import Admission
from submissions.api import batches
from submissions.lifecycle.models import Batch, BatchEntry, Status, Submission
from submissions.quotas.models import Counter
from submissions.webhooks.models import Delivery
from submissions.webhooks.signing import make_secret
from tests.support.clients import BATCHES, AsUser, programs
from tests.support.clients import post_batch as post
from tests.support.present import present
from tests.support.waiting import PATIENCE_SECONDS

# No worker is to take what is put into the queue here.
pytestmark = [pytest.mark.django_db, pytest.mark.inline]


def test_batch_is_taken_in_the_order_of_the_request(alice: User, as_user: AsUser) -> None:
    answer = post(as_user(alice), [*programs(3), {"code": "1", "language": "javascript"}])
    assert answer.status_code == 202
    body = answer.json()
    assert answer["Location"] == body["url"] == f"http://testserver{BATCHES}{body['id']}/"
    assert (body["done"], body["webhook"]) == (False, None)
    assert body["statuses"] == {"queued": 4, "running": 0, "finished": 0}
    assert body["verdicts"] == {}
    ids = [row["id"] for row in body["submissions"]]
    codes = [Submission.objects.get(pk=pk).code for pk in ids]
    assert codes == ["print(0)", "print(1)", "print(2)", "1"]
    assert body["submissions"][3]["language"] == "javascript"
    assert as_user(alice).get(body["submissions"][0]["url"]).json()["code"] == "print(0)"


def test_one_wrong_program_refuses_all_and_is_named_by_its_index(
    alice: User, as_user: AsUser
) -> None:
    answer = post(as_user(alice), [*programs(2), {"code": ""}, {"code": "1", "nonsense": 2}, 7])
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [
        "submissions.2.code",
        "submissions.3.nonsense",
        "submissions.4",
    ]
    assert not Submission.objects.exists()
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"submissions": []},
        {"submissions": programs(51)},
        {"submissions": "print(1)"},
        {"submissions": {"code": "1"}},
        {"submissions": None},
        {"submissions": [None]},
        {"submissions": [[]]},
        {"submissions": programs(1), "user": 1},
        {"submissions": [{"code": "1", "webhook": "https://hooks.example.org/"}]},
        [],
        7,
    ],
)
def test_invalid_batch_is_a_400(
    alice: User, as_user: AsUser, body: dict[str, Any] | int | list[Any]
) -> None:
    answer = as_user(alice).post(BATCHES, json.dumps(body), content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert not Submission.objects.exists()


def test_too_many_are_counted_before_they_are_looked_at(alice: User, as_user: AsUser) -> None:
    answer = post(as_user(alice), [{}] * 100_000)
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"submissions": ["Send 1 to 50 programs."]}


@pytest.mark.parametrize("character", ["x", "é", "漢"])
def test_fifty_of_the_longest_programs_fit_even_when_json_escapes_them(
    alice: User, as_user: AsUser, character: str
) -> None:
    body = json.dumps({"submissions": [{"code": character * 5000}] * 50})
    answer = as_user(alice).post(BATCHES, body, content_type="application/json")
    assert answer.status_code == 202
    assert Submission.objects.count() == 50


def test_body_beyond_the_limit_is_a_413(alice: User, as_user: AsUser, settings: Settings) -> None:
    body = json.dumps({"submissions": [{"code": "1", "stdin": "x" * 60_000}] * 40})
    assert len(body) > settings.BATCH_MAX_BYTES
    answer = as_user(alice).post(BATCHES, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["detail"] == "The body is larger than 2 MiB."
    assert not Submission.objects.exists()


def test_only_a_few_are_taken_in_at_once(
    alice: User, bob: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Admission(places=1, extra=1, waiting=0, seconds=0)
    monkeypatch.setattr(batches, "_reading", reading)
    with reading.place(alice.pk):
        answer = post(as_user(alice), programs(1))
        assert (answer.status_code, answer["Retry-After"]) == (503, "1")
        assert post(as_user(bob), programs(1)).status_code == 202  # the last one is not alice's
    assert post(as_user(alice), programs(1)).status_code == 202


def test_each_program_counts_against_the_rate(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.RUN_RATE = "10/d"
    client = as_user(alice)
    answer = post(client, programs(4))
    assert (answer.status_code, answer["RateLimit-Remaining"]) == (202, "6")
    assert post(client, programs(6)).status_code == 202
    answer = client.run("1")
    assert (answer.status_code, answer["RateLimit-Remaining"]) == (429, "0")


def test_batch_that_does_not_fit_is_refused_whole_and_counts_as_one(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.RUN_RATE = "10/d"
    client = as_user(alice)
    answer = post(client, programs(11))
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer["Retry-After"]) >= 1
    assert not Submission.objects.exists()
    assert Counter.objects.exclude(key__startswith="stored:").get().value == 1
    assert post(client, programs(9)).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_rate_is_exact_under_parallel_batches(
    alice: User, as_user: AsUser, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six of five at once against 24 allowed: four fit, and those that do not count as one each.

    Six of a user are read at once or wait for that; a seventh would be a 503."""
    settings.RUN_RATE = "24/d"
    monkeypatch.setattr(batches._reading, "_seconds", PATIENCE_SECONDS)

    def ask(_: Any) -> int:
        try:
            return post(as_user(alice), programs(5)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(ask, range(6)))
    accepted = statuses.count(202)
    assert set(statuses) == {202, 429}
    assert Submission.objects.count() == 5 * accepted
    assert accepted == 4  # the six requests themselves, and four more for each that is taken
    assert Counter.objects.exclude(key__startswith="stored:").get().value == 6 + 4 * accepted


def test_full_queue_refuses_the_batch_whole(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.RUN_RATE, settings.QUEUE_MAX_PER_USER = "9999/d", 3
    answer = post(as_user(alice), programs(4))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_runs")
    settings.QUEUE_MAX_PER_USER, settings.QUEUE_MAX = 9, 1
    answer = post(as_user(alice), programs(4))
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert not Submission.objects.exists()
    assert Counter.objects.exclude(key__startswith="stored:").get().value == 2


def test_batch_and_its_submissions_are_stored_together_or_not_at_all(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(entries: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(BatchEntry.objects, "bulk_create", fail)
    client = as_user(alice, raise_request_exception=False)
    assert post(client, programs(2)).status_code == 500
    assert not Submission.objects.exists()
    assert not Batch.objects.exists()


def test_batch_may_name_a_webhook(alice: User, as_user: AsUser) -> None:
    make_secret(alice)
    body = post(as_user(alice), programs(2), webhook="https://hooks.example.org/").json()
    assert body["webhook"]["state"] == "pending"
    assert str(present(Delivery.objects.get().batch).pk) == body["id"]


def test_webhook_without_a_secret_is_refused(alice: User, as_user: AsUser) -> None:
    answer = post(as_user(alice), programs(2), webhook="https://hooks.example.org/")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["webhook"])
    assert not Submission.objects.exists()


def test_list_is_newest_first_and_in_numbers(
    alice: User, as_user: AsUser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_user(alice)
    ids = [post(client, programs(count)).json()["id"] for count in (1, 2, 3)]
    with django_assert_max_num_queries(8):
        body = client.get(BATCHES).json()
    assert [row["id"] for row in body["results"]] == ids[::-1]
    assert body["results"][0]["statuses"]["queued"] == 3
    assert "submissions" not in body["results"][0]


def test_page_of_the_list_has_few_batches(alice: User, as_user: AsUser) -> None:
    """Each reads the submissions of its batches: a hundred would be five thousand rows."""
    Batch.objects.bulk_create(Batch(user=alice) for _ in range(30))
    page = as_user(alice).get("/api/batches/", {"page_size": 100}).json()
    assert (page["count"], len(page["results"])) == (30, 25)


def test_detail_of_a_large_batch_takes_few_questions(
    alice: User, as_user: AsUser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_user(alice)
    address = post(client, programs(50)).json()["url"]
    with django_assert_max_num_queries(8):
        assert len(client.get(address).json()["submissions"]) == 50


def test_cancelling_ends_what_is_queued_and_leaves_what_is_finished(
    alice: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    body = post(client, programs(3)).json()
    first = body["submissions"][0]["id"]
    Submission.written.filter(pk=first).update(status=Status.FINISHED, verdict="ok")
    answer = client.post(f"{body['url']}cancel/")
    assert answer.status_code == 200
    assert answer.json()["done"]
    assert answer.json()["verdicts"] == {"ok": 1, "cancelled": 2}
    assert client.post(f"{body['url']}cancel/").json() == answer.json()


def test_run_that_is_held_is_not_shown(alice: User, as_user: AsUser) -> None:
    """Its account was deleted, and staff have made it active again."""
    client = as_user(alice)
    made = post(client, programs(2)).json()
    Submission.written.filter(pk=made["submissions"][0]["id"]).update(held_until=timezone.now())
    shown = client.get(f"{BATCHES}{made['id']}/").json()["submissions"]
    assert [one["id"] for one in shown] == [made["submissions"][1]["id"]]


@pytest.mark.parametrize("viewer", ["bob", "staff"])
def test_others_cannot_see_or_end_it(
    alice: User, as_user: AsUser, request: pytest.FixtureRequest, viewer: str
) -> None:
    address = post(as_user(alice), programs(2)).json()["url"]
    client = as_user(request.getfixturevalue(viewer))
    assert client.get(BATCHES).json()["results"] == []
    assert client.get(address).status_code == 404
    assert client.post(f"{address}cancel/").status_code == 404
    assert Submission.objects.filter(status=Status.QUEUED).count() == 2


def test_stranger_sees_and_makes_nothing(client: Client, alice: User, as_user: AsUser) -> None:
    address = post(as_user(alice), programs(1)).json()["url"]
    for answer in (
        client.get(BATCHES),
        client.get(address),
        client.post(f"{address}cancel/"),
        client.post(BATCHES, {"submissions": programs(1)}, content_type="application/json"),
        client.get("/api/deliveries/"),
        client.get("/api/webhook-secret/"),
    ):
        assert answer.status_code == 401
    assert Submission.objects.count() == 1


def test_writing_by_session_needs_the_csrf_token(alice: User, as_user: AsUser) -> None:
    client = as_user(alice, enforce_csrf_checks=True)
    address = post(as_user(alice), programs(1)).json()["url"]
    assert post(client, programs(1)).status_code == 403
    assert client.post(f"{address}cancel/").status_code == 403
    assert client.post("/api/webhook-secret/").status_code == 403


@pytest.mark.parametrize("pk", ["x", "0", "00000000-0000-0000-0000-000000000000", "%00", "../run"])
@pytest.mark.parametrize("kind", ["batches", "deliveries"])
def test_invalid_id_is_not_found(alice: User, as_user: AsUser, kind: str, pk: str) -> None:
    assert as_user(alice).get(f"/api/{kind}/{pk}/").status_code == 404
    assert as_user(alice).post(f"/api/{kind}/{pk}/cancel/").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_batch_cannot_be_changed(alice: User, as_user: AsUser, method: str) -> None:
    address = post(as_user(alice), programs(1)).json()["url"]
    assert getattr(as_user(alice), method)(address).status_code == 405


def test_body_in_chunks_is_refused_with_the_reason(alice: User, as_user: AsUser) -> None:
    headers = {"Transfer-Encoding": "chunked"}
    answer = as_user(alice).post(BATCHES, {}, content_type="application/json", headers=headers)
    assert answer.status_code == 411


def test_schema_describes_asynchronous_runs(alice: User, as_user: AsUser) -> None:
    schema = as_user(alice).get("/api/schema/", {"format": "json"}).json()
    run, batch = schema["paths"]["/run"]["post"], schema["paths"][BATCHES]["post"]
    assert {"202", "422", "429", "503"} <= run["responses"].keys() & batch["responses"].keys()
    assert {one["name"] for one in run["parameters"]} >= {"Idempotency-Key", "Prefer"}
    components = schema["components"]["schemas"]
    assert components["BatchRequest"]["required"] == ["submissions"]
    assert "webhook" in components["RunRequest"]["properties"]
    assert "webhook" not in components["Program"]["properties"]
    assert schema["paths"][f"{BATCHES}{{id}}/cancel/"]["post"]["responses"].keys() >= {"200", "404"}
