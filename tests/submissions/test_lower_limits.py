"""`limits` in a request: any of five, only downwards, kept by whatever repeats the request."""

import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User

from executor import default_limits
from executor.limits import MiB
from submissions.lifecycle.models import Submission
from tests.support.clients import Answer, ApiClient, AsUser, post_async, post_batch, post_with_key
from tests.support.factories import make_submission
from tests.support.streams import events_in, stream_of
from tools.site import Service, service

pytestmark = pytest.mark.django_db

OWN = asdict(default_limits())
LOWER = {"wall_seconds": 3, "cpu_seconds": 2.5, "memory_bytes": 48 * MiB, "processes": 20}
LOWER["output_bytes"] = 2000


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


@pytest.mark.docker
@pytest.mark.parametrize("name", sorted(LOWER))
def test_limit_that_is_lowered_alone_leaves_the_others(client: ApiClient, name: str) -> None:
    body = client.run("print(1)", limits={name: LOWER[name]}).json()
    assert body["verdict"] == "ok"
    assert body["limits"] == {**OWN, name: LOWER[name]}
    assert Submission.objects.get().limits == {**OWN, name: LOWER[name]}


@pytest.mark.docker
@pytest.mark.parametrize(
    ("code", "lower", "verdict", "words"),
    [
        ("while True: pass", {"wall_seconds": 0.5}, "time_limit_exceeded", "0.5 seconds"),
        ("while True: pass", {"cpu_seconds": 0.5}, "time_limit_exceeded", "0.5 seconds of CPU"),
        (
            "x = bytearray(40 * 2**20)",
            {"memory_bytes": 32 * MiB},
            "memory_limit_exceeded",
            "32 MiB",
        ),
        ("print('x' * 2049)", {"output_bytes": 2048}, "output_limit_exceeded", "2 KiB"),
        (
            "import threading, time\nfor _ in range(3):\n"
            "    threading.Thread(target=time.sleep, args=[1]).start()",
            {"processes": 3},
            "process_limit_exceeded",
            "3 processes",
        ),
    ],
)
def test_run_ends_at_the_lower_limit_and_the_sentence_names_it(
    client: ApiClient, code: str, lower: dict[str, Any], verdict: str, words: str
) -> None:
    body = client.run(code, limits=lower).json()
    assert body["verdict"] == verdict
    assert words in body["error"]


@pytest.mark.docker
@pytest.mark.django_db(transaction=True)
def test_stream_has_the_lower_limit(client: ApiClient, running_dispatcher: None) -> None:
    body = {"code": "while True: pass", "limits": {"wall_seconds": 0.5}}
    answer = client.post(
        "/run", body, content_type="application/json", headers={"Accept": "text/event-stream"}
    )
    name, result = list(events_in(stream_of(answer)))[-1]
    assert (name, result["verdict"]) == ("result", "time_limit_exceeded")
    assert result["limits"]["wall_seconds"] == 0.5


def test_queued_run_and_each_program_of_a_batch_have_their_own(client: ApiClient) -> None:
    post_async(client, limits={"processes": 20})
    post_batch(client, [{"code": "1", "limits": {"wall_seconds": 1}}, {"code": "2"}])
    stored = [one.limits for one in Submission.objects.order_by("created", "turn")]
    assert stored == [{**OWN, "processes": 20}, {**OWN, "wall_seconds": 1}, OWN]


MOST = {
    "wall_seconds": "At most 10 here.",
    "cpu_seconds": "At most 10 here.",
    "memory_bytes": "At most 134217728 (128 MiB) here.",
    "processes": "At most 64 here.",
    "output_bytes": "At most 65536 (64 KiB) here.",
}


@pytest.mark.parametrize("name", sorted(MOST))
@pytest.mark.parametrize("more", [1, 10**30, 10**400])
def test_limit_above_the_ceiling_is_refused_with_the_ceiling(
    client: ApiClient, name: str, more: int
) -> None:
    answer = client.run(limits={name: int(OWN[name]) + more})
    assert answer.status_code == 400
    assert answer.json()["fields"] == {f"limits.{name}": [MOST[name]]}
    assert answer.json()["detail"] == f"limits.{name}: {MOST[name]}"
    assert not Submission.objects.exists()


def test_limit_at_the_ceiling_is_taken(client: ApiClient) -> None:
    assert post_async(client, limits={name: OWN[name] for name in MOST}).status_code == 202
    assert Submission.objects.get().limits == OWN


@pytest.mark.parametrize(
    ("language", "lower", "words"),
    [
        ("python", {"memory_bytes": 8 * MiB - 1}, "At least 8388608 (8 MiB) for Python."),
        ("javascript", {"memory_bytes": 1}, "At least 25165824 (24 MiB) for JavaScript."),
        ("python", {"processes": 0}, "At least 1 for Python."),
        ("javascript", {"processes": 11}, "At least 12 for JavaScript."),
        ("python", {"wall_seconds": 0.09}, "At least 0.1 for Python."),
        ("python", {"cpu_seconds": 0}, "At least 0.1 for Python."),
        ("python", {"output_bytes": -(10**400)}, "At least 1 for Python."),
    ],
)
def test_limit_below_the_floor_is_refused_with_the_floor(
    client: ApiClient, language: str, lower: dict[str, Any], words: str
) -> None:
    answer = client.run("1", language=language, limits=lower)
    assert answer.status_code == 400
    [name] = lower
    assert answer.json()["fields"] == {f"limits.{name}": [words]}


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"memory_bytes": "64M"}, "limits.memory_bytes"),
        ({"memory_bytes": 64.0e6}, "limits.memory_bytes"),
        ({"memory_bytes": True}, "limits.memory_bytes"),
        ({"wall_seconds": "1"}, "limits.wall_seconds"),
        ({"wall_seconds": True}, "limits.wall_seconds"),
        ({"wall_seconds": [1]}, "limits.wall_seconds"),
        ({"cpus": 0.5}, "limits.cpus"),
        ({"disk_bytes": 1}, "limits.disk_bytes"),
        ({"memory": 1}, "limits.memory"),
        (5, "limits"),
        ([], "limits"),
        ("small", "limits"),
    ],
)
def test_limits_of_the_wrong_kind_are_named(client: ApiClient, limits: Any, named: str) -> None:
    answer = client.run(limits=limits)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [named]


def test_number_of_json_without_an_end_is_refused(client: ApiClient) -> None:
    answer = client.raw('{"code": "1", "limits": {"wall_seconds": 1e999}}')
    assert answer.json()["fields"] == {"limits.wall_seconds": ["At most 10 here."]}


@pytest.mark.parametrize("name", ["wall_seconds", "cpu_seconds"])
@pytest.mark.parametrize("value", ["NaN", "-NaN", "Infinity", "-Infinity"])
def test_no_number_in_a_pages_form_is_refused(client: ApiClient, name: str, value: str) -> None:
    form = {"code": "1", "limits": f'{{"{name}": {value}}}'}
    assert client.post("/playground/run/", form).status_code == 400
    assert not Submission.objects.exists()


def test_wrong_limit_is_named_with_everything_else(client: ApiClient) -> None:
    fields = client.run("", stdin=5, limits={"processes": 65, "wall_seconds": 11}).json()["fields"]
    assert set(fields) == {"code", "stdin", "limits.processes", "limits.wall_seconds"}


def test_wrong_limit_in_a_batch_is_named_by_its_place(client: ApiClient) -> None:
    answer = post_batch(client, [{"code": "1"}, {"code": "2", "limits": {"processes": 65}}])
    assert answer.json()["fields"] == {"submissions.1.limits.processes": ["At most 64 here."]}


@pytest.mark.parametrize(
    "limits", [None, "", {}, {"wall_seconds": None}, dict.fromkeys(MOST, None)], ids=str
)
def test_null_and_empty_limits_are_as_if_left_out(
    client: ApiClient, limits: dict[str, Any] | str | None
) -> None:
    assert post_async(client, limits=limits).status_code == 202
    assert Submission.objects.get().limits == OWN


def test_key_of_a_request_with_other_limits_is_refused(client: ApiClient) -> None:
    def post(limits: dict[str, int]) -> Answer:
        headers = {"Prefer": "respond-async"}
        return post_with_key(client, {"code": "1", "limits": limits}, **headers)

    assert post({"wall_seconds": 2}).status_code == 202
    assert post({"wall_seconds": 2})["Idempotency-Replayed"] == "true"
    assert post({"wall_seconds": 1}).json()["code"] == "idempotency_key_reused"


@pytest.mark.docker
def test_run_again_keeps_the_lower_limits(client: ApiClient, alice: User) -> None:
    first = make_submission(alice, limits={**OWN, **LOWER})
    client.post(f"/submissions/{first.pk}/again/")
    again = Submission.objects.exclude(pk=first.pk).get()
    assert again.limits == first.limits


@pytest.mark.docker
def test_run_again_is_never_above_the_deployments_limits_of_today(
    client: ApiClient, alice: User
) -> None:
    first = make_submission(alice, limits={**OWN, "memory_bytes": 512 * MiB, "wall_seconds": 60})
    client.post(f"/submissions/{first.pk}/again/")
    assert Submission.objects.exclude(pk=first.pk).get().limits == OWN


def test_page_of_a_run_names_its_lower_limits(client: ApiClient, alice: User) -> None:
    lower = make_submission(alice, limits={**OWN, "memory_bytes": 64 * MiB, "wall_seconds": 2})
    usual = make_submission(alice)
    sentence = "Lower limits than usual: 2 s, 64 MiB of memory."
    assert sentence in client.get(f"/submissions/{lower.pk}/").content.decode()
    assert "Lower limits" not in client.get(f"/submissions/{usual.pk}/").content.decode()


def test_languages_name_ceiling_and_floor(client: ApiClient) -> None:
    python, javascript = sorted(
        client.get("/api/languages/").json(), key=lambda one: one["slug"] != "python"
    )[:2]
    assert python["limits"] == OWN
    assert python["lowest_limits"] == {
        "wall_seconds": 0.1,
        "cpu_seconds": 0.1,
        "memory_bytes": 8 * MiB,
        "processes": 1,
        "output_bytes": 1,
    }
    assert javascript["lowest_limits"]["processes"] == 12


RAISED = {
    "EXECUTOR_WALL_SECONDS": "60",
    "EXECUTOR_MEMORY_BYTES": "512M",
    "EXECUTOR_PROCESSES": "128",
    "EXECUTOR_OUTPUT_BYTES": "1M",
}


@pytest.fixture(scope="module")
def raised() -> Iterator[Service]:
    """Serve from a site whose operator has raised the limits, with a pool."""
    instance = f"raised-{os.getpid()}"
    with service(EXECUTOR_INSTANCE=instance, EXECUTOR_POOL_SIZE="1", **RAISED) as running:
        yield running


def post(site: Service, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {site.token}"}
    return requests.post(f"{site.address}/run", json=body, headers=headers, timeout=90).json()


@pytest.mark.docker
@pytest.mark.inline
def test_raised_limits_work_from_end_to_end(raised: Service) -> None:
    code = "x = bytearray(400 * 2**20)\nprint('x' * 900_000)\nimport time\ntime.sleep(11)"
    body = post(raised, code=code)
    assert (body["verdict"], body["truncated"], len(body["output"])) == ("ok", False, 900_001)
    assert body["limits"]["memory_bytes"] == 512 * MiB


@pytest.mark.docker
@pytest.mark.inline
def test_ceiling_is_the_deployments_setting(raised: Service) -> None:
    assert post(raised, code="print(1)", limits={"memory_bytes": 256 * MiB})["verdict"] == "ok"
    fields = post(raised, code="1", limits={"memory_bytes": 2**30, "wall_seconds": 61})["fields"]
    assert fields == {
        "limits.memory_bytes": ["At most 536870912 (512 MiB) here."],
        "limits.wall_seconds": ["At most 60 here."],
    }


@pytest.mark.docker
@pytest.mark.inline
def test_lower_memory_is_enforced_over_http_with_a_pool(raised: Service) -> None:
    body = post(raised, code="x = bytearray(65 * 2**20)", limits={"memory_bytes": 64 * MiB})
    assert body["verdict"] == "memory_limit_exceeded"
    assert "64 MiB" in body["error"]
