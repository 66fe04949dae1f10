"""Runs that name uploads, in both ways to dispatch."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from submissions.files.models import RunFile, Upload
from submissions.lifecycle import storage
from submissions.lifecycle.models import Submission
from tests.support.clients import AsUser, post_async, post_batch, sent_file
from tests.support.streams import events_in, stream_of
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.django_db]

FILES = "/api/files/"
TABLE = b"\x00\xff" * 1_500_000
"""More than the body of a run may have."""
CODE = """
import hashlib, pathlib
digest = hashlib.sha256(pathlib.Path("data/big").read_bytes()).hexdigest()
print(pathlib.Path("small").read_text(), digest)
"""


@pytest.fixture
def client(alice: User, as_user: AsUser) -> Any:
    return as_user(alice)


def uploaded(client: Any, content: bytes = TABLE) -> dict[str, Any]:
    made: dict[str, Any] = sent_file(client, "big", content).json()
    return made


def body(made: dict[str, Any]) -> dict[str, Any]:
    files = [{"name": "small", "text": "ü"}, {"name": "data/big", "id": made["id"]}]
    return {"code": CODE, "files": files}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
def test_every_kind_of_run_has_the_content_of_an_upload(alice: User, client: Any) -> None:
    made = uploaded(client)
    assert made["size"] == len(TABLE)
    expected = f"ü {made['sha256']}\n"
    counted = storage.stored_today(alice.pk)
    waited = client.post("/run", body(made), content_type="application/json").json()
    streamed = client.post(
        "/run", body(made), content_type="application/json", headers={"Accept": "text/event-stream"}
    )
    *_, (event, result) = events_in(stream_of(streamed))
    assert (event, result["output"], waited["output"]) == ("result", expected, expected)
    queued = post_async(client, **body(made))["Location"]
    batch = post_batch(client, [body(made), {"code": "print(1)"}]).json()["url"]
    # Whatever waits in the queue has it, although its user deletes it now.
    client.delete(f"{FILES}{made['id']}/")
    eventually(lambda: client.get(queued).json()["status"] == "finished")
    eventually(lambda: client.get(batch).json()["done"])
    assert client.get(queued).json()["output"] == expected
    first, _ = client.get(batch).json()["submissions"]
    assert client.get(first["url"]).json()["output"] == expected
    assert storage.stored_today(alice.pk) - counted < len(TABLE)  # none of them counts it again
    assert [len(one.content) for one in RunFile.objects.filter(position=1)] == [0] * 4
    assert Upload.objects.count() == 1


def test_upload_that_is_removed_before_the_row_is_stored_is_missed_in_words(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = uploaded(client, b"1")
    real = storage.reserve

    def reserve(*arguments: Any) -> None:
        real(*arguments)
        Upload.objects.all().delete()

    monkeypatch.setattr(storage, "reserve", reserve)
    answer = client.run("1", files=[{"name": "a", "id": made["id"]}])
    assert answer.status_code == 400
    assert "upload it again" in answer.json()["detail"]
    assert not Submission.objects.exists()


def test_run_again_names_the_upload_and_sends_its_content_once_it_has_expired(
    client: Any, settings: Settings
) -> None:
    settings.RUN_RATE = "100/m"
    made = uploaded(client, b"1")
    run = client.run("print(open('a').read())", files=[{"name": "a", "id": made["id"]}]).json()
    assert run["output"] == "1\n"
    again = f"/submissions/{run['id']}/again/"
    assert client.post(again).status_code == 302
    assert RunFile.objects.exclude(upload=None).count() == 2
    client.delete(f"{FILES}{made['id']}/")
    assert client.post(again).status_code == 302
    assert [one.stdout for one in Submission.objects.all()] == ["1\n"] * 3
    assert bytes(RunFile.objects.get(upload=None).content) == b"1"


@pytest.mark.parametrize(
    ("file", "field", "reason"),
    [
        ({"id": "f_x", "text": "1"}, "files.0.id", "not both"),
        ({"id": 5}, "files.0.id", "Send a string."),
        ({"id": "x" * 41}, "files.0.id", "At most 40"),
        ({"id": ""}, "files.0.id", "blank"),
        ({"id": "f_\0"}, "files.0.id", "Null characters"),
        ({"id": "f_../../x"}, "files.0.id", "You have no file with this id."),
        ({"id": None}, "files.0.text", "Send the content"),
    ],
)
def test_id_that_is_none_is_refused(client: Any, file: Any, field: str, reason: str) -> None:
    answer = client.run("1", files=[{"name": "a", **file}])
    assert answer.status_code == 400
    assert reason in " ".join(answer.json()["fields"][field])


def test_uploads_of_a_run_have_the_bounds_of_all_its_files(client: Any) -> None:
    made = uploaded(client)
    files = [{"name": str(n), "id": made["id"]} for n in range(3)]
    answer = client.run("1", files=files)
    assert answer.json()["fields"] == {"files": ["At most 8 MiB together."]}
    answer = client.run("1", files=files[:1], limits={"memory_bytes": 8 * 2**20})
    assert "limit" in answer.json()["fields"]["files"][0]
