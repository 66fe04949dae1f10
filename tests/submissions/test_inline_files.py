"""`inline_files`: small files that a run gives back come in its answer."""

from base64 import b64decode
from typing import Any

import pytest
from django.contrib.auth.models import User

from submissions.files.models import RunFile
from submissions.serializers.files import INLINE_BYTES, INLINE_BYTES_TOGETHER
from submissions.serializers.results import result_of, result_with_contents
from tests.support.clients import AsUser, post_async, post_batch, post_with_key
from tests.support.factories import run_with
from tests.support.streams import events_in, stream_of

pytestmark = pytest.mark.django_db

CODE = "open('a', 'wb').write(b'\\0\\xff'); open('b', 'wb').write(bytes(262145)); print('done')"
BODY: dict[str, Any] = {"code": CODE, "outputs": True, "inline_files": True}


@pytest.mark.docker
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
def test_small_files_come_with_the_answer_and_in_the_stream(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    waited = post_with_key(client, BODY).json()
    again = post_with_key(client, BODY).json()
    streamed = client.post(
        "/run", BODY, content_type="application/json", headers={"Accept": "text/event-stream"}
    )
    *_, (_, result) = events_in(stream_of(streamed))
    for answer in (waited, again, result):
        small, large = answer["files"]
        assert b64decode(small["base64"]) == b"\0\xff"
        assert "base64" not in large
        assert large["size"] == INLINE_BYTES + 1
    plain = client.get(f"/api/submissions/{waited['id']}/").json()
    assert not any("base64" in file for file in plain["files"])


def test_contents_of_an_answer_are_bounded_together(alice: User) -> None:
    row = run_with(alice, *((str(n), bytes(INLINE_BYTES // 2)) for n in range(6)), ("z", b"1"))
    files = result_with_contents(row)["files"]
    there = [file["name"] for file in files if "base64" in file]
    assert there == ["0", "1", "2", "3"]
    assert sum(file["size"] for file in files[:4]) == INLINE_BYTES_TOGETHER
    assert [file["url"] for file in files] == [file["url"] for file in result_of(row)["files"]]


def test_file_that_was_removed_has_no_content(alice: User) -> None:
    row = run_with(alice, ("a", b"1"))
    RunFile.objects.all().delete()
    assert "base64" not in result_with_contents(row)["files"][0]


def test_answer_without_files_refuses_to_have_their_contents(alice: User, as_user: AsUser) -> None:
    queued = post_async(as_user(alice), **BODY)
    assert (queued.status_code, list(queued.json()["fields"])) == (400, ["inline_files"])
    batch = post_batch(as_user(alice), [BODY])
    assert list(batch.json()["fields"]) == ["submissions.0.inline_files"]
