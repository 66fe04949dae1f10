"""Files of a run over HTTP, in both ways to dispatch: sent with the request, given back, fetched."""

import base64
import hashlib
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.exceptions import ValidationError

from executor import (
    Cancellation,
    File,
    RunRequest,
    default_limits,
    execute,
    is_good_name,
    problem_with_files,
)
from submissions.files.models import RunFile
from submissions.http.problems import fields_of
from submissions.lifecycle import attempt, columns, queue, storage
from submissions.lifecycle.attempt import run_submission
from submissions.lifecycle.errors import SandboxUnavailable
from submissions.lifecycle.intake import Origin, discard_unclaimed, submit, submit_all
from submissions.lifecycle.models import Status, Submission
from submissions.serializers.runs import checked_program
from tests.support.clients import AsUser, post_async, post_batch
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.streams import events_in, stream_of
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.django_db]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
CODE = """
import helper, pathlib, os
print(helper.x, open("data/raw.bin", "rb").read() == bytes(range(256)), os.path.getsize("empty"))
pathlib.Path("out").mkdir()
pathlib.Path("out/plot.png").write_bytes(pathlib.Path("/mnt/data/start").read_bytes() + bytes(range(256)))
pathlib.Path("page.html").write_text("<script>alert(1)</script>")
os.symlink("/etc/passwd", "link")
"""


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


SENT = [
    {"name": "helper.py", "text": "x = 'ü'"},
    {"name": "data/raw.bin", "base64": encoded(bytes(range(256)))},
    {"name": "empty", "text": "", "base64": None},
    {"name": "start", "base64": encoded(PNG[:8])},
]
BODY: dict[str, Any] = {"code": CODE, "files": SENT, "outputs": True}


def check(client: Client, result: Any) -> None:
    """Check the result of BODY, and fetch its files."""
    assert (result["verdict"], result["output"]) == ("ok", "ü True 0\n")
    base = f"/api/submissions/{result['id']}/files/"
    assert result["files"] == [
        {
            "name": "out/plot.png",
            "size": len(PNG),
            "type": "image/png",
            "sha256": hashlib.sha256(PNG).hexdigest(),
            "url": f"{base}0/",
        },
        {
            "name": "page.html",
            "size": 25,
            "type": "application/octet-stream",
            "sha256": hashlib.sha256(b"<script>alert(1)</script>").hexdigest(),
            "url": f"{base}1/",
        },
    ]
    assert result["files_left_out"] == {"not_regular": 1}
    assert client.get(base).json() == result["files"]
    assert client.get(result["files"][0]["url"]).content == PNG
    assert client.get(result["files"][1]["url"]).content == b"<script>alert(1)</script>"


def test_run_has_the_files_of_its_request_and_gives_back_what_it_made(
    alice: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    result = client.post("/run", BODY, content_type="application/json").json()
    check(client, result)
    stored = client.get(f"/api/submissions/{result['id']}/").json()
    assert stored["files"] == result["files"]
    assert stored["outputs"] is True
    assert [(one["name"], one["size"]) for one in stored["files_in"]] == [
        ("helper.py", 8),
        ("data/raw.bin", 256),
        ("empty", 0),
        ("start", 8),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
def test_queued_run_a_batch_and_a_stream_have_their_files(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    address = post_async(client, CODE, files=SENT, outputs=True)["Location"]
    batch = post_batch(client, [{"code": "print(1)"}, BODY]).json()["url"]
    streamed = client.post(
        "/run", BODY, content_type="application/json", headers={"Accept": "text/event-stream"}
    )
    *_, (event, result) = events_in(stream_of(streamed))
    assert event == "result"
    check(client, result)
    eventually(lambda: client.get(address).json()["status"] == "finished")
    check(client, client.get(address).json())
    eventually(lambda: client.get(batch).json()["done"])
    plain, with_files = client.get(batch).json()["submissions"]
    check(client, client.get(with_files["url"]).json())
    assert client.get(plain["url"]).json()["files"] == []


def test_run_that_asks_for_no_files_gives_none_back(alice: User, as_user: AsUser) -> None:
    result = as_user(alice).run("open('x', 'w').write('1')", files=[{"name": "a", "text": "1"}])
    assert (result.json()["verdict"], result.json()["files"]) == ("ok", [])
    assert result.json()["files_left_out"] == {}
    assert RunFile.objects.count() == 1  # what was sent


def test_run_whose_files_exceed_the_day_succeeds_without_the_last_ones(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 300_000
    code = "for n in range(4): open(f'{n}', 'wb').write(bytes([48 + n]) * 100_000)"
    client = as_user(alice)
    result = client.run(code, outputs=True).json()
    assert result["verdict"] == "ok"
    assert [file["name"] for file in result["files"]] == ["0"]
    assert result["files_left_out"] == {"over_quota": 3}
    assert client.get(result["files"][0]["url"]).content == b"0" * 100_000
    assert storage.stored_today(alice.pk) == (
        storage.ROW_BYTES + len(code) + storage.FILE_BYTES + 100_000
    )
    assert RunFile.objects.count() == 1


def test_empty_files_are_not_for_nothing(alice: User, as_user: AsUser, settings: Settings) -> None:
    settings.STORAGE_BYTES_PER_DAY = 150_000 + 2 * storage.ROW_BYTES
    storage.reserve(alice, [make_submission(alice, code="1" * 15_000, limits={})])
    result = as_user(alice).run("for n in range(9): open(f'{n}', 'w')", outputs=True).json()
    assert result["files_left_out"]["over_quota"] == 9 - len(result["files"]) > 0


# --- An attempt that is lost, and the next one. No worker may take these runs. ---

ORIGIN = Origin(via="session", client_address=None, user_agent="")


def queued(user: User, code: str, **fields: Any) -> Submission:
    run = RunRequest(code=code, outputs=True, limits=default_limits(), **fields)
    [submission] = submit_all(user=user, runs=[run], origin=ORIGIN)
    return submission


def run(submission: Submission) -> Submission:
    return run_submission(submission, on_event=lambda _: None, cancellation=Cancellation())


@pytest.mark.inline
@pytest.mark.parametrize("way", ["queued", "at once"])
def test_second_attempt_has_the_files_again_and_only_its_own_are_kept(
    alice: User, way: str
) -> None:
    code = "open('b', 'w').write(open('a').read() + '!')"
    sent = (File(name="a", content=b"1"),)
    if way == "queued":
        queued(alice, code, files=sent)
        first = present(queue.claim_next())
    else:
        request = RunRequest(code=code, files=sent, outputs=True, limits=default_limits())
        first = submit(user=alice, run=request, origin=ORIGIN)
    # The process dies after it has stored a file, and before it has stored the result.
    attempt._keep_files(first, execute(columns.request_of(first)))
    assert queue.requeue(first)
    assert Submission.objects.get().files_out is None
    second = run(present(queue.claim_next()))
    assert (second.attempt, second.status, second.stdout) == (2, Status.FINISHED, "")
    assert [file["name"] for file in present(second.files_out)] == ["b"]
    contents = RunFile.objects.order_by("attempt").values_list("attempt", "content")
    assert [(number, bytes(content)) for number, content in contents] == [(0, b"1"), (2, b"1!")]


@pytest.mark.inline
def test_attempt_that_comes_too_late_keeps_no_file(alice: User) -> None:
    queued(alice, "open('b', 'w').write('late')")
    first = present(queue.claim_next())
    Submission.written.filter(pk=first.pk).update(attempt=2)
    run(first)
    assert Submission.objects.get().files_out is None
    assert not RunFile.objects.exists()


@pytest.mark.inline
def test_run_whose_files_are_gone_ends_as_our_fault_and_does_not_run_without_them(
    alice: User,
) -> None:
    queued(alice, "print('ran')", files=(File(name="a", content=b"1"),))
    RunFile.objects.all().delete()
    with pytest.raises(SandboxUnavailable):
        run(present(queue.claim_next()))
    ended = Submission.objects.get()
    assert (ended.verdict, ended.stdout) == ("internal_error", "")


@pytest.mark.inline
def test_files_that_are_sent_count_as_storage_until_the_run_is_discarded(alice: User) -> None:
    submission = queued(alice, "1", files=(File(name="a", content=b"x" * 1000),))
    reserved = 2 * default_limits().output_bytes
    assert storage.stored_today(alice.pk) == (
        storage.ROW_BYTES + 1001 + storage.FILE_BYTES + reserved
    )
    assert discard_unclaimed(submission)
    assert storage.stored_today(alice.pk) == 0
    assert not RunFile.objects.exists()


@pytest.mark.inline
def test_request_whose_files_exceed_the_day_is_refused(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 300_000
    answer = as_user(alice).run("1", files=[{"name": "a", "text": "x" * 200_000}])
    assert (answer.status_code, answer.json()["code"]) == (429, "storage_full")
    assert not RunFile.objects.exists()


# --- What is no good is refused before it is decoded, by name, in few words. ---

BAD_NAME = "Send a relative path of at most 200 bytes"
BAD_BASE64 = "Send standard base64"


@pytest.mark.parametrize(
    ("files", "field", "reason"),
    [
        ("x", "files", "Send a list."),
        ({"name": "a", "text": ""}, "files", "Send a list."),
        ([1], "files.0", "Send a JSON object."),
        ([None], "files.0", "Send a JSON object."),
        ([{"text": "x"}], "files.0.name", "required"),
        ([{"name": "a"}], "files.0.text", "Send the content as text or base64, or"),
        ([{"name": "a", "text": None, "base64": None}], "files.0.text", "Send the content"),
        ([{"name": "a", "text": "x", "base64": "eA=="}], "files.0.base64", "not both"),
        ([{"name": "a", "text": 1}], "files.0.text", "Send a string."),
        ([{"name": "a", "text": "a\0b"}], "files.0.text", "Null characters"),
        ([{"name": "a", "base64": ["eA=="]}], "files.0.base64", "Send a string."),
        ([{"name": "a", "text": "x", "mode": 511}], "files.0.mode", "Unknown field."),
        *(
            ([{"name": "a", "base64": wrong}], "files.0.base64", BAD_BASE64)
            for wrong in ("eA", "eA=", "e", "eA==eA==", "eA==\n", "e A==", "-_-_", "é", "====", "!")
        ),
        *(
            ([{"name": wrong, "text": ""}], "files.0.name", BAD_NAME)
            for wrong in ("/etc/passwd", "../x", "a/../b", "a//b", ".", "a\nb", "\u202egnp.exe")
        ),
        ([{"name": "é" * 101, "text": ""}], "files.0.name", BAD_NAME),
        ([{"name": "x" * 201, "text": ""}], "files.0.name", BAD_NAME),
        ([{"name": "d/" * 9 + "x", "text": ""}], "files.0.name", BAD_NAME),
        ([{"name": 5, "text": ""}], "files.0.name", "Send a string."),
        ([{"name": "a", "text": ""}] * 2, "files", "the same name"),
        ([{"name": "script.py", "text": ""}], "files", "of the program"),
        ([{"name": "a", "text": ""}, {"name": "a/b", "text": ""}], "files", "of a folder"),
        ([{"name": str(n), "text": ""} for n in range(65)], "files", "At most 64 items."),
        ([{"name": "\0" * 200, "base64": "!"}] * 64, "files.more", "more"),
    ],
)
def test_files_that_are_no_good_are_refused_by_name(
    alice: User, as_user: AsUser, files: Any, field: str, reason: str
) -> None:
    answer = as_user(alice).run("print(1)", files=files)
    assert answer.status_code == 400
    assert reason in " ".join(answer.json()["fields"][field])
    assert len(answer.content) < 10 * 1024
    assert not Submission.objects.exists()


def test_files_of_a_batch_are_refused_by_the_place_of_their_program(
    alice: User, as_user: AsUser
) -> None:
    bad = {"code": "1", "files": [{"name": "../x", "text": ""}]}
    answer = post_batch(as_user(alice), [{"code": "1"}, bad])
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["submissions.1.files.0.name"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"memory_bytes": 16 * 2**20}, "memory limit")],
)
def test_files_that_do_not_fit_the_limits_are_refused(
    alice: User,
    as_user: AsUser,
    settings: Settings,
    limits: dict[str, int],
    reason: str,
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20
    files = [{"name": "a", "text": "x" * (5 * 2**20)}]
    answer = as_user(alice).run("1", files=files, limits=limits)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["files"])
    assert reason in answer.json()["fields"]["files"][0]


def test_files_that_are_too_large_together_are_refused_before_one_is_decoded(
    alice: User, as_user: AsUser, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> bytes:
        raise AssertionError("decoded")

    monkeypatch.setattr("submissions.serializers.files.a2b_base64", refuse)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20
    files = [{"name": str(n), "base64": "AAAA" * 2**20} for n in range(3)]
    answer = as_user(alice).run("1", files=files)
    assert answer.json()["fields"] == {"files": ["At most 8 MiB together."]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
FILE = st.fixed_dictionaries(
    {}, optional={"name": JSON | st.just("a/b"), "text": JSON, "base64": JSON | st.just("eA==")}
)


@given(st.lists(FILE | JSON, max_size=5) | JSON)
def test_whatever_is_sent_is_taken_or_refused(files: Any) -> None:
    try:
        run = checked_program({"code": "1", "files": files}, User(pk=0))
    except ValidationError as error:
        json.dumps(fields_of(error.detail))
    else:
        assert all(is_good_name(file.name) for file in run.files)
        assert problem_with_files(run) is None
