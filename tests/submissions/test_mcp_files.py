"""Files of a run over MCP: sent with a call, and given back as pictures and links."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it has no types
import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from submissions.files import store
from submissions.files.models import RunFile
from submissions.http import connections
from submissions.lifecycle.models import Status, Submission
from submissions.mcp import pictures, schemas
from tests.support.clients import AsUser, sent_file
from tests.support.factories import make_submission, run_with
from tests.support.mcp import NEWEST, Post, poster, stateless, told, tool
from tests.support.pictures import COLOUR, DRAWS

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
SITE = "http://testserver"
WITH_LINKS = {"MCP-Protocol-Version": "2025-06-18"}


@pytest.fixture
def post(alice: User, client: Client, token_of: Callable[..., dict[str, str]]) -> Post:
    return poster(client, token_of(alice))


def result(post: Post, name: str, /, headers: dict[str, str] = WITH_LINKS, **arguments: Any) -> Any:
    answer = post(tool(name, **arguments), **headers)
    body = b"".join(answer) if answer.streaming else answer.content
    found = json.loads(body)["result"]
    if "structuredContent" in found:
        jsonschema.validate(found["structuredContent"], schemas.run_code()["outputSchema"])
    return found


@pytest.mark.docker
@pytest.mark.parametrize("way", ["base64", "id"])
def test_picture_that_a_program_draws_is_seen_and_the_rest_is_a_link(
    post: Post, alice: User, as_user: AsUser, way: str
) -> None:
    upload = sent_file(as_user(alice), "red", b"\xff\0\0").json()
    colour = COLOUR if way == "base64" else {"name": "colour", "id": upload["id"]}
    arguments: dict[str, Any] = {"code": DRAWS, "files": [colour], "outputs": True}
    jsonschema.validate(arguments, schemas.run_code()["inputSchema"])
    found = result(post, "run_code", **arguments)
    run = found["structuredContent"]
    assert (run["verdict"], run["output"], run["files_left_out"]) == ("ok", "done\n", {})
    words, picture, link = [found["content"][at] for at in (0, 1, 2)]
    assert (picture["type"], picture["mimeType"]) == ("image", "image/png")
    drawn = b64decode(picture["data"])
    assert hashlib.sha256(drawn).hexdigest() == run["files"][0]["sha256"]
    address = f"{SITE}/api/submissions/{run['id']}/files/1/"
    assert link == {
        "type": "resource_link",
        "uri": address,
        "name": "notes.txt",
        "mimeType": "application/octet-stream",
        "size": 5,
    }
    assert [one["name"] for one in run["files"]] == ["dot.png", "notes.txt"]
    assert f"notes.txt: 5 bytes, application/octet-stream, {address}" in words["text"]
    assert as_user(alice).get(address).content == b"drawn"
    assert result(post, "get_run", id=run["id"]) == found


def test_first_four_pictures_that_are_small_enough_are_seen(post: Post, alice: User) -> None:
    large = PNG + bytes(pictures.MOST_BYTES)
    made = [("0.png", b"no picture"), ("1.png", large), *((f"{n}", PNG) for n in range(2, 8))]
    row = run_with(alice, *made)
    found = result(post, "get_run", id=str(row.pk))
    kinds = [one["type"] for one in found["content"]]
    links = ["resource_link"] * 2
    assert kinds == ["text", *links, *(["image"] * 4), *links]
    assert [one["name"] for one in found["structuredContent"]["files"]] == [n for n, _ in made]


def test_picture_that_was_removed_is_a_link(post: Post, alice: User) -> None:
    row = run_with(alice, ("a.png", PNG))
    RunFile.objects.all().delete()
    found = result(post, "get_run", id=str(row.pk))
    assert [one["type"] for one in found["content"]] == ["text", "resource_link"]


def test_revision_without_links_gets_pictures_and_the_addresses_in_the_text(
    post: Post, alice: User
) -> None:
    row = run_with(alice, ("a.png", PNG), ("b", b"1"))
    for headers in ({}, {"MCP-Protocol-Version": "2025-03-26"}):
        found = result(post, "get_run", headers, id=str(row.pk))
        assert [one["type"] for one in found["content"]] == ["text", "image"]
        assert f"{SITE}/api/submissions/{row.pk}/files/1/" in found["content"][0]["text"]
    body, headers = stateless("tools/call", name="get_run", arguments={"id": str(row.pk)})
    newest = post(body, **headers).json()["result"]
    assert [one["type"] for one in newest["content"]] == ["text", "image", "resource_link"]
    assert (newest["resultType"], headers["MCP-Protocol-Version"]) == ("complete", NEWEST)


def test_batch_has_no_pictures(post: Post, alice: User) -> None:
    row = run_with(alice, ("a.png", PNG))
    (found,) = post([tool("get_run", id=str(row.pk))]).json()
    assert [one["type"] for one in found["result"]["content"]] == ["text"]


def test_many_large_pictures_take_a_place_for_streams_or_stay_away(
    post: Post, alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = PNG + bytes(pictures.MOST_BYTES - len(PNG))
    row = run_with(alice, *((str(n), large) for n in range(4)))
    found = result(post, "get_run", id=str(row.pk))
    assert [len(b64decode(one["data"])) for one in found["content"][1:]] == [len(large)] * 4
    settings.STREAM_MAX_PER_USER = 1
    with monkeypatch.context() as patch, connections.place(alice.pk):
        patch.setattr(store, "content_of", lambda *of_a_file: pytest.fail("was read"))
        poor = result(post, "get_run", id=str(row.pk))
    assert [one["type"] for one in poor["content"]] == ["text", *["resource_link"] * 4]
    assert poor["structuredContent"] == found["structuredContent"]
    with connections.place(alice.pk):  # the answer before has given its own back
        pass


def test_name_of_a_file_is_inert_in_the_text_and_the_link(post: Post, alice: User) -> None:
    row = run_with(alice, ("\x1b[31mred\u202e", b"1"))
    found = result(post, "get_run", id=str(row.pk))
    assert "\x1b" not in json.dumps(found["content"], ensure_ascii=False)
    assert "\u202e" not in json.dumps(found["content"], ensure_ascii=False)


def test_file_of_another_user_and_a_wrong_one_are_told_to_the_model(
    post: Post, bob: User, as_user: AsUser
) -> None:
    foreign = sent_file(as_user(bob)).json()["id"]
    for file, reason in [
        ({"name": "a", "id": foreign}, "files.0.id: You have no file with this id."),
        ({"name": "../a", "text": ""}, "files.0.name: Send a relative path"),
    ]:
        assert reason in told(post(tool("run_code", code="1", files=[file])))
    assert not Submission.objects.exists()


def test_run_that_is_under_way_has_not_lost_its_session(post: Post, alice: User) -> None:
    row = make_submission(alice, status=Status.RUNNING, verdict="", session="s")
    found = result(post, "get_run", id=str(row.pk))
    assert "session s: not known before the run ends" in found["content"][0]["text"]


@pytest.mark.docker
def test_session_keeps_names_between_calls(post: Post, alice: User) -> None:
    first = result(post, "run_code", code="a = 1\nb = (n for n in ())", session="s")
    assert "session s: kept" in first["content"][0]["text"]
    assert "not kept: b (TypeError: cannot keep 'generator' object)" in first["content"][0]["text"]
    second = result(post, "run_code", code="print(a + 1)", session="s")
    assert second["structuredContent"]["output"] == "2\n"
    assert second["structuredContent"]["session"]["kept"] is True
    refused = result(post, "run_code", code="1", session="s", language="javascript")
    assert refused["isError"] is True
    assert "keeps no state between runs" in refused["content"][0]["text"]


def test_long_answers_take_a_place_for_streams(
    post: Post, alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten of a batch may be sixteen megabytes, which a slow reader leaves in memory."""
    row = make_submission(alice, stdout="\x01" * 65_536)
    settings.STREAM_MAX_PER_USER = 1
    one = tool("get_run", id=str(row.pk))
    with monkeypatch.context() as patch, connections.place(alice.pk):
        patch.setattr(schemas, "shown", lambda *of_a_run: pytest.fail("was read"))
        assert post([one, one]).status_code == 429
    for message in (one, [one, one]):
        with connections.place(alice.pk):
            refused = post(message)
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) >= 1
        answer = post(message)
        assert answer.status_code == 200
        assert len(b"".join(answer)) > 256 * 1024
