"""What a program has made is fetched by its owner alone, and no browser runs it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from submissions.audit.accounts.erasure import delete_account
from submissions.audit.accounts.freezing import freeze
from submissions.files import store
from submissions.files.models import RunFile
from submissions.http import connections
from submissions.lifecycle.models import Submission
from tests.support.clients import Answer, AsUser
from tests.support.factories import run_with
from tests.support.streams import stream_of

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
UNKNOWN = "application/octet-stream"


def addresses(row: Submission, position: int = 0) -> tuple[str, str]:
    base = f"/api/submissions/{row.pk}/files/"
    return base, f"{base}{position}/"


def test_file_is_a_download_that_no_page_can_use(alice: User, as_user: AsUser) -> None:
    row = run_with(alice, ("out/plot.png", PNG))
    answer = as_user(alice).get(addresses(row)[1])
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Length"] == str(len(PNG))
    assert answer["Content-Disposition"] == (
        "attachment; filename=\"plot.png\"; filename*=UTF-8''plot.png"
    )
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"GIF87a<script>", "image/gif"),
        (b"RIFF\x01\x02\x03\x04WEBPVP8 ", "image/webp"),
        (b"", UNKNOWN),
        (b"RIFF\x01\x02\x03\x04WAVE", UNKNOWN),
        (b"\x89PNG", UNKNOWN),
        (b" " + PNG, UNKNOWN),
        (b"<!doctype html><script>alert(1)</script>", UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", UNKNOWN),
        (b"%PDF-1.7", UNKNOWN),
        (b"\xef\xbb\xbf<html>", UNKNOWN),
        (b"print(1)", UNKNOWN),
    ],
)
def test_type_is_that_of_the_first_bytes_whatever_the_name_says(
    alice: User, as_user: AsUser, content: bytes, kind: str
) -> None:
    row = run_with(alice, ("x.png", content), ("x.html", content))
    for position in range(2):
        answer = as_user(alice).get(addresses(row, position)[1])
        assert (answer["Content-Type"], answer.content) == (kind, content)


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("a/b/c.txt", "c.txt", "c.txt"),
        ('x"; filename=evil.exe', "x_filename_evil.exe", "x_%3B%20filename%3Devil.exe"),
        ("é ü.csv", "_.csv", "%C3%A9%20%C3%BC.csv"),
        ("日本", "_", "%E6%97%A5%E6%9C%AC"),
        (".bashrc", "bashrc", "bashrc"),
        ("...", "file", "file"),
        ("C:\\Windows\\x", "C_Windows_x", "C__Windows_x"),
        (
            "x'y%0d%0aSet-Cookie: a=b",
            "x_y_0d_0aSet-Cookie_a_b",
            "x%27y%250d%250aSet-Cookie_%20a%3Db",
        ),
        ("-rf", "-rf", "-rf"),
    ],
)
def test_name_of_a_download_is_plain_whatever_the_program_chose(
    alice: User, as_user: AsUser, name: str, plain: str, full: str
) -> None:
    header = as_user(alice).get(addresses(run_with(alice, (name, b"x")))[1])["Content-Disposition"]
    assert header == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"


@pytest.mark.parametrize("accept", ["image/png", "image/avif,image/webp", "text/html", "*/*"])
def test_file_is_sent_whatever_the_client_prefers_and_a_refusal_is_json(
    alice: User, as_user: AsUser, accept: str
) -> None:
    base, address = addresses(run_with(alice, ("x", PNG)))
    client = as_user(alice)
    assert client.get(address, headers={"Accept": accept}).content == PNG
    refused = client.get(f"{base}1/", headers={"Accept": accept})
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/json")
    assert refused.json()["code"] == "not_found"


@pytest.mark.parametrize("number", ["1", "99", "100", "-1", "0x0", "٠", "0/../0", "1e1", "00000"])
def test_number_that_is_none_of_the_run_is_not_found(
    alice: User, as_user: AsUser, number: str
) -> None:
    base, _ = addresses(run_with(alice, ("x", PNG)))
    answer = as_user(alice).get(f"{base}{number}/")
    assert answer.status_code == 404
    assert len(answer.content) < 10 * 1024


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_file_is_only_read(alice: User, as_user: AsUser, method: str) -> None:
    for address in addresses(run_with(alice, ("x", PNG))):
        assert getattr(as_user(alice), method)(address).status_code == 405
    assert RunFile.objects.count() == 1


def statuses(client: Client, row: Submission, **options: Any) -> list[int]:
    answers: list[Answer] = [client.get(address, **options) for address in addresses(row)]
    assert all(PNG not in answer.content and b"x.png" not in answer.content for answer in answers)
    return [answer.status_code for answer in answers]


def test_others_see_nothing_of_a_runs_files_nor_that_there_are_any(
    alice: User, bob: User, staff: User, as_user: AsUser, client: Client
) -> None:
    row = run_with(alice, ("x.png", PNG))
    assert statuses(as_user(bob), row) == [404, 404]
    assert statuses(as_user(staff), row) == [404, 404]
    assert statuses(client, row) == [401, 401]


def test_frozen_user_sees_no_file(
    alice: User,
    staff: User,
    as_user: AsUser,
    client: Client,
    token_of: Callable[..., dict[str, str]],
) -> None:
    row, bearer, session = run_with(alice, ("x.png", PNG)), token_of(alice), as_user(alice)
    freeze(alice, reason="No.", by=staff)
    assert statuses(client, row, headers=bearer) == [403, 403]
    assert statuses(session, row) == [401, 401]


def test_files_of_a_closed_account_are_held_unseen_and_then_erased(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    row = run_with(alice, ("x.png", PNG))
    delete_account(alice)
    assert RunFile.objects.count() == 1
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert statuses(as_user(User.objects.get(pk=alice.pk)), row) == [404, 404]


def test_file_that_was_removed_is_not_found_while_the_run_still_names_it(
    alice: User, as_user: AsUser
) -> None:
    row = run_with(alice, ("x.png", PNG))
    store.remove_all([row.pk])
    base, address = addresses(row)
    client = as_user(alice)
    assert client.get(address).status_code == 404
    assert [one["name"] for one in client.get(base).json()] == ["x.png"]


@pytest.fixture
def fresh_streams() -> Iterator[None]:
    yield
    connections.streams.cache_clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("fresh_streams")
def test_large_file_takes_a_place_for_streams_until_its_reader_has_it(
    alice: User,
    bob: User,
    as_user: AsUser,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.STREAM_MAX, settings.STREAM_MAX_PER_USER = 4, 1
    large = bytes(range(256)) * 4096
    _, address = addresses(run_with(alice, ("large", large), ("small", PNG)))
    client = as_user(alice)
    first = client.get(address)
    assert (first.status_code, first["Content-Length"]) == (200, str(len(large)))
    with monkeypatch.context() as patch:  # nothing of it is in memory before it has its place
        patch.setattr(store, "content_of", lambda *of_a_file: pytest.fail("was read"))
        refused = client.get(address)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    assert client.get(address.replace("/0/", "/1/")).content == PNG
    assert as_user(bob).get(addresses(run_with(bob, ("large", large)))[1]).status_code == 200
    pieces = list(stream_of(first))
    assert b"".join(pieces) == large
    assert max(map(len, pieces)) <= 64 * 1024
    first.close()
    again = client.get(address)
    assert again.status_code == 200
    again.close()
