"""LibreChat's API: what LibreChat and its agents (3.9.2) send, and get."""

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from executor import MOST_IN
from submissions.dialects.librechat.sessions import session_of
from submissions.dialects.librechat.views import ID, answer_to
from submissions.files import store
from submissions.files.models import RunFile, Upload
from submissions.http.connections import SMALL, place
from submissions.lifecycle import storage
from submissions.lifecycle.models import Submission, Verdict
from submissions.telemetry import logs
from tests.support.clients import Answer
from tests.support.factories import run_with

pytestmark = pytest.mark.django_db

HEADERS = {"User-Agent": "LibreChat/1.0"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
FIRST = f"""
import sys
print(open("/mnt/data/data.csv").read(), sys.argv[1:], end="")
open("/mnt/data/plot.png", "wb").write({PNG!r})
"""


@pytest.fixture
def secret(alice: User, token_of: Callable[..., dict[str, str]]) -> str:
    return token_of(alice)["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def base(secret: str) -> str:
    """Return the address that LIBRECHAT_CODE_BASEURL has."""
    return f"/librechat/{secret}"


def run(client: Client, base: str, **body: Any) -> Answer:
    wanted = {"lang": "py", "code": "print(1)", "user_id": "u1", **body}
    return client.post(f"{base}/exec", wanted, content_type="application/json", headers=HEADERS)


def sent(client: Client, base: str, *names: str, address: str = "upload") -> Answer:
    files = [SimpleUploadedFile(name, name.encode(), "text/csv") for name in names]
    form = {"kind": "user", "entity_id": "", "file": files}
    return client.post(f"{base}/{address}", form, headers=HEADERS)


@pytest.mark.docker
def test_files_go_from_a_form_into_a_run_and_from_there_into_the_next(
    client: Client, base: str
) -> None:
    upload = sent(client, base, "data.csv").json()
    assert upload["message"] == "success"
    session, [file] = upload["storage_session_id"], upload["files"]
    assert file == {"fileId": file["fileId"], "filename": "data.csv"}
    reference = {"id": file["fileId"], "name": "data.csv", "storage_session_id": session}

    answer = run(client, base, code=FIRST, args=["a"], files=[{**reference, "kind": "user"}])
    assert answer.status_code == 200
    first = answer.json()
    assert (first["stdout"], first["stderr"]) == ("data.csv ['a']\n", "")
    [plot] = first["files"]
    assert (plot["name"], plot["storage_session_id"]) == ("plot.png", first["session_id"])
    assert all(ID.fullmatch(one) for one in (session, file["fileId"], plot["id"]))
    assert ID.fullmatch(first["session_id"])
    stored = Submission.objects.get()
    assert (stored.via, stored.isolation) == ("librechat", "container")

    download = client.get(f"{base}/download/{first['session_id']}/{plot['id']}?kind=user&id=u1")
    assert (download.content, download["Content-Type"]) == (PNG, "image/png")
    code = "import os; print(sorted(os.listdir('/mnt/data')), os.path.getsize('again/p.png'))"
    renamed = {**plot, "name": "again/p.png"}
    second = run(client, base, code=code, files=[reference, renamed]).json()
    assert second["stdout"] == "['again', 'data.csv', 'script.py'] 58\n"
    assert second["files"] == []  # it has changed nothing


def test_files_of_a_session_are_listed_and_described(
    client: Client, alice: User, base: str
) -> None:
    made = run_with(alice, ("a.txt", b"abc"), ("b/c.png", PNG), via="librechat")
    session = session_of(made)
    listed = client.get(f"{base}/files/{session}?detail=simple").json()
    assert [(one["name"], one["size"]) for one in listed] == [("a.txt", 3), ("b/c.png", len(PNG))]
    summary = client.get(f"{base}/files/{session}?detail=summary").json()
    assert [one["name"] for one in summary] == [f"{session}/{one['id']}" for one in listed]
    described = client.get(f"{base}/sessions/{session}/objects/{listed[1]['id']}").json()
    assert described == listed[1]
    assert described["lastModified"].endswith("Z")


def test_failed_run_has_no_files(client: Client, alice: User, base: str) -> None:
    made = run_with(alice, ("a.txt", b"abc"), via="librechat", verdict=Verdict.RUNTIME_ERROR)
    session = session_of(made)
    assert client.get(f"{base}/files/{session}").json() == []
    assert client.get(f"{base}/download/{session}/{'0' * 21}").status_code == 404


def test_session_of_another_user_or_door_is_not_there(
    client: Client, alice: User, bob: User, base: str, token_of: Callable[..., dict[str, str]]
) -> None:
    upload = sent(client, base, "data.csv").json()
    made = run_with(alice, ("a.txt", b"abc"), via="librechat")
    elsewhere = run_with(alice, ("a.txt", b"abc"), via="mcp")
    others = token_of(bob)
    for session in (upload["session_id"], session_of(made)):
        assert client.get(f"{base}/files/{session}").json() != []
        assert client.get(f"/librechat/files/{session}", headers=others).json() == []
    assert client.get(f"{base}/files/{session_of(elsewhere)}").json() == []
    file = {"name": "x", "id": upload["files"][0]["fileId"], "session_id": upload["session_id"]}
    body = {"lang": "py", "code": "1", "files": [file]}
    answer = client.post("/librechat/exec", body, content_type="application/json", headers=others)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "The file x is not there, or no longer. Send it again.",
    )


def test_files_of_a_run_that_is_held_are_not_there(client: Client, alice: User, base: str) -> None:
    """Its account was deleted, and staff have made it active again."""
    made = run_with(alice, ("a.txt", b"abc"), via="librechat", held_until=timezone.now())
    assert client.get(f"{base}/files/{session_of(made)}").json() == []


def test_large_files_of_earlier_runs_are_read_in_a_place_for_streams(
    client: Client, alice: User, base: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STREAM_MAX_PER_USER = 1
    made = run_with(alice, ("a.txt", bytes(SMALL + 1)), via="librechat")
    session = session_of(made)
    (listed,) = client.get(f"{base}/files/{session}").json()
    monkeypatch.setattr(store, "content_of", lambda *of_a_file: pytest.fail("was read"))
    file = {"name": "a.txt", "id": listed["id"], "session_id": session}
    with place(alice.pk):
        assert run(client, base, lang="py", code="1", files=[file]).status_code == 429


def test_file_that_retention_has_removed_is_gone(client: Client, alice: User, base: str) -> None:
    made = run_with(alice, ("a.txt", b"abc"), via="librechat")
    [file] = client.get(f"{base}/files/{session_of(made)}").json()
    RunFile.objects.all().delete()
    assert client.get(f"{base}/download/{session_of(made)}/{file['id']}").status_code == 404
    answer = run(client, base, files=[file])
    assert (answer.status_code, "no longer" in answer.json()["error"]) == (400, True)


def test_several_files_come_in_one_form(client: Client, base: str) -> None:
    answer = sent(client, base, "a.csv", "b.csv", address="upload/batch").json()
    assert (answer["message"], answer["succeeded"], answer["failed"]) == ("success", 2, 0)
    assert [(one["status"], one["filename"]) for one in answer["files"]] == [
        ("success", "a.csv"),
        ("success", "b.csv"),
    ]
    assert len(client.get(f"{base}/files/{answer['session_id']}").json()) == 2


def test_form_of_many_files_counts_more(client: Client, base: str, settings: Settings) -> None:
    settings.RUN_RATE = "4/m"
    many = [f"{number}.csv" for number in range(16)]
    assert (
        sent(client, base, *many, address="upload/batch").status_code == 200
    )  # counts three times
    assert sent(client, base, "a.csv").status_code == 200
    assert sent(client, base, "a.csv").status_code == 429


def test_refused_form_leaves_nothing(
    client: Client, alice: User, base: str, settings: Settings
) -> None:
    """Its session is not told, so the client would send all files again into another one."""
    before = storage.stored_today(alice.pk)
    assert sent(client, base, "a.csv", "x" * 180, address="upload/batch").status_code == 400
    settings.UPLOAD_MAX_BYTES = 5
    answer = sent(client, base, "a.csv", "larger.csv", address="upload/batch")
    assert (answer.status_code, answer.json()["error"]) == (413, "The file is larger than 5 bytes.")
    assert not Upload.objects.exists()
    assert storage.stored_today(alice.pk) == before


def test_form_without_a_good_file_is_refused(client: Client, base: str) -> None:
    assert sent(client, base).json()["error"] == "Send a form with a file."
    assert "too long" in sent(client, base, "x" * 180).json()["error"]
    assert (
        client.post(f"{base}/upload", {"a": "1"}, content_type="application/json").status_code
        == 400
    )
    broken = client.generic("POST", f"{base}/upload", b"--y", "multipart/form-data; boundary=")
    assert (broken.status_code, broken.json()["error"]) == (400, "Send a form with a file.")


@pytest.mark.parametrize(
    "files",
    [
        "x",
        [1],
        [{"id": "0" * 21, "storage_session_id": "0" * 21}],
        [{"name": "a", "id": "0" * 21}],
        [{"name": "a", "id": "0" * 21, "storage_session_id": "0" * 21}],
        [{"name": "a", "id": 1, "storage_session_id": "0" * 20 + "%"}],
    ],
)
def test_files_that_are_not_there_are_refused(client: Client, base: str, files: Any) -> None:
    answer = run(client, base, files=files)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert not Submission.objects.exists()


def test_more_files_than_a_run_may_have_are_not_looked_up(client: Client, base: str) -> None:
    answer = run(client, base, files=[{"name": "a"}] * (MOST_IN + 1))
    assert answer.json() == {"error": f"Send a list of at most {MOST_IN} files."}


def test_end_by_a_limit_is_told_on_stderr_and_lines_are_ended(alice: User) -> None:
    made = run_with(
        alice,
        verdict=Verdict.TIME_LIMIT_EXCEEDED,
        stdout="a",
        stderr="b",
        error="It took longer than 10 s.",
    )
    told = answer_to(made)
    assert (told["stdout"], told["stderr"]) == ("a\n", "b\nIt took longer than 10 s.\n")


def test_refusal_says_how_long_to_wait_in_the_clients_words(
    client: Client, base: str, settings: Settings
) -> None:
    settings.RUN_RATE = "1/d"
    run(client, base, code="")
    answer = run(client, base)
    assert answer.status_code == 429
    told = answer.json()
    assert told["error"] == "rate_limited"
    assert told["retry_after_seconds"] == int(answer["Retry-After"])


def test_wrong_token_in_the_address_is_refused(client: Client) -> None:
    answer = run(client, "/librechat/sce_wrong")
    assert (answer.status_code, list(answer.json())) == (401, ["error"])


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Capture everything that this process logs."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(logs.Discreet())
    handler.setFormatter(logs.formatter("json"))
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("POST", "/exec"),
        ("GET", "/exec/"),
        ("POST", "/nothing/here"),
        ("GET", ""),
        ("GET", "/download/a/b"),
        ("GET", "/files/" + "0" * 21 + "?x=\0"),
        ("POST", "/upload"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_token_in_the_address_is_in_no_log_and_in_no_answer(
    client: Client,
    base: str,
    secret: str,
    log: io.StringIO,
    method: str,
    rest: str,
    accept: str,
) -> None:
    answer = client.generic(
        method, f"{base}{rest}", "{}", "application/json", headers={"Accept": accept}
    )
    assert answer.status_code >= 400
    assert secret not in answer.content.decode()
    assert secret not in str(dict(answer.headers))
    assert '"path": "/librechat/' in log.getvalue()
    assert secret not in log.getvalue()
