"""/api/files/: what a user uploads for runs to come, whose it is, and for how long."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from executor import File
from submissions.audit import chain, retention
from submissions.audit.accounts.erasure import delete_account
from submissions.files import store
from submissions.files.models import RunFile, Upload
from submissions.files.uploads import content_of, current_of, named
from submissions.lifecycle import storage, uploads
from submissions.lifecycle.errors import StorageFull, TooManyUploads
from submissions.lifecycle.models import Submission
from tests.support.auditing import broken
from tests.support.clients import ApiClient, AsUser, sent_file
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = pytest.mark.django_db

FILES = "/api/files/"
TABLE = b"name,age\nAda,36\n"
BYTES = "application/octet-stream"


def uploaded(client: Client, name: str = "people.csv", content: bytes = TABLE) -> dict[str, Any]:
    answer = sent_file(client, name, content)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def run_of(user: User, *ids: str, **over: Any) -> Submission:
    """Make a run that had these uploads, which finished an hour ago."""
    found = [named(Upload.objects.get(pk=one), f"{n}.csv") for n, one in enumerate(ids)]
    end = timezone.now() - timedelta(hours=1)
    described = {"finished": end, "files_in": store.described(found)}
    row = make_submission(user, **{**described, **over})
    with transaction.atomic():
        store.add_sent([(row.pk, found)])
    return row


# --- What a person does with it ---


def test_upload_is_described_listed_fetched_and_removed(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    answer = sent_file(client)
    made = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"{FILES}{made['id']}/")
    assert list(made) == ["id", "name", "size", "type", "sha256", "url", "created", "expires"]
    assert (made["name"], made["size"], made["type"]) == ("people.csv", len(TABLE), BYTES)
    assert made["sha256"] == hashlib.sha256(TABLE).hexdigest()
    assert "RateLimit-Remaining" in answer
    assert client.get(FILES).json()["results"] == [made]
    assert client.get(f"{FILES}{made['id']}/").json() == made
    content = client.get(made["url"])
    assert (content.content, content["Content-Type"]) == (TABLE, BYTES)
    assert content["Content-Disposition"].startswith('attachment; filename="people.csv"')
    assert content["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert client.delete(f"{FILES}{made['id']}/").status_code == 204
    for address in (made["url"], f"{FILES}{made['id']}/"):
        assert client.get(address).status_code == 404
    assert client.get(FILES).json()["results"] == []
    assert not Upload.objects.exists()


def test_upload_that_is_removed_while_it_is_fetched_is_not_found(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(alice)
    made = sent_file(client).json()

    def removed_first(upload: Upload) -> bytes | None:
        Upload.objects.all().delete()
        return content_of(upload)

    monkeypatch.setattr("submissions.api.uploads.content_of", removed_first)
    assert client.get(made["url"]).status_code == 404


@pytest.mark.parametrize("way", ["token", "basic", "session"])
def test_form_with_a_file_is_taken_from_each_kind_of_client(
    client: Client,
    alice: User,
    token_of: Callable[..., dict[str, str]],
    basic: Callable[[str, str], dict[str, str]],
    way: str,
) -> None:
    headers: dict[str, str] = {}
    if way == "token":
        headers = token_of(alice)
    elif way == "basic":
        headers = basic("alice", "correct horse battery staple")
    else:
        client.force_login(alice)
    form = {"file": SimpleUploadedFile("people.csv", TABLE), "name": "data/people.csv"}
    answer = client.post(FILES, form, headers=headers)
    assert (answer.status_code, answer.json()["name"]) == (201, "data/people.csv")
    assert bytes(Upload.objects.get().content) == TABLE


def test_form_needs_no_script_in_a_browser(alice: User) -> None:
    client = ApiClient(enforce_csrf_checks=True)
    client.force_login(alice)
    page = client.get(FILES, headers={"Accept": "text/html"}).content.decode()
    assert 'enctype="multipart/form-data"' in page
    form: dict[str, Any] = {"file": SimpleUploadedFile("people.csv", TABLE)}
    refused = client.post(FILES, form)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    secret = client.cookies["csrftoken"].value
    form = {"file": SimpleUploadedFile("people.csv", TABLE), "csrfmiddlewaretoken": secret}
    shown = client.post(FILES, form, headers={"Accept": "text/html"})
    assert (shown.status_code, shown["Content-Type"]) == (201, "text/html; charset=utf-8")
    raw = sent_file(client, "raw", b"1", headers={"X-CSRFToken": secret})
    assert raw.status_code == 201
    assert sent_file(client, "raw", b"2").status_code == 403


def test_same_content_under_the_same_name_is_the_upload_that_is_there(
    alice: User, bob: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    first = uploaded(client)
    Upload.objects.update(expires=timezone.now() + timedelta(days=1))
    counted = storage.stored_today(alice.pk)
    again = sent_file(client)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert present(Upload.objects.get().expires) > timezone.now() + timedelta(days=6)
    assert storage.stored_today(alice.pk) == counted == len(TABLE) + storage.FILE_BYTES
    assert uploaded(client, name="other.csv")["id"] != first["id"]
    assert uploaded(client, content=b"other")["id"] != first["id"]
    assert uploaded(as_user(bob))["id"] != first["id"]  # no sharing between users
    assert Upload.objects.count() == 4


def test_upload_that_is_kept_for_longer_counts_again_on_another_day(
    alice: User, as_user: AsUser
) -> None:
    """So what all uploads take is what the days of their lifetime have counted."""
    client = as_user(alice)
    made = uploaded(client)
    counted = storage.stored_today(alice.pk)
    Upload.objects.update(created=timezone.now() - timedelta(days=1))
    assert sent_file(client).json()["id"] == made["id"]
    assert storage.stored_today(alice.pk) == 2 * counted
    sent_file(client)
    assert storage.stored_today(alice.pk) == 2 * counted


def test_each_upload_counts_against_the_rate(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.RUN_RATE = "2/d"
    client = as_user(alice)
    assert [sent_file(client).status_code for _ in range(3)] == [201, 200, 429]
    assert client.get(FILES).status_code == 200


# --- Whose it is, and for how long ---


def test_user_has_a_bounded_number_of_uploads(
    alice: User, bob: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UPLOADS_MAX", 2)
    client = as_user(alice)
    first = uploaded(client, "1", b"1")
    uploaded(client, "2", b"2")
    refused = sent_file(client, "3", b"3")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_uploads")
    assert Upload.objects.count() == 2
    assert sent_file(client, "1", b"1").json()["id"] == first["id"]
    uploaded(as_user(bob), "3", b"3")
    client.delete(f"{FILES}{first['id']}/")
    uploaded(client, "3", b"3")


def test_cache_of_a_client_drops_its_oldest_file(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobe and LibreChat send files for a whole class, under one account."""
    monkeypatch.setattr(uploads, "UPLOADS_MAX", 3)
    uploads.add(alice, "own", b"1")
    for n in range(4):
        uploads.add(alice, f"jobe/{n}", bytes([n]), cache="jobe/")
    assert [one.name for one in current_of(alice.pk)] == ["jobe/3", "jobe/2", "own"]
    with pytest.raises(TooManyUploads):
        uploads.add(alice, "librechat/1", b"2", cache="librechat/")


def test_upload_of_another_user_is_not_there(
    client: Client, alice: User, bob: User, staff: User, as_user: AsUser
) -> None:
    made = uploaded(as_user(alice))
    own = [f"{FILES}{made['id']}/", made["url"]]
    for stranger in (as_user(bob), as_user(staff)):
        assert [stranger.get(address).status_code for address in own] == [404, 404]
        assert stranger.delete(own[0]).status_code == 404
        assert stranger.get(FILES).json()["results"] == []
        answer = stranger.run("print(1)", files=[{"name": "a", "id": made["id"]}])
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["files.0.id"])
    assert [client.get(address).status_code for address in (*own, FILES)] == [401] * 3
    assert sent_file(client).status_code == 401
    assert Upload.objects.count() == 1


def test_ids_cannot_be_guessed(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    ids = [uploaded(client, content=bytes([n]))["id"] for n in range(5)]
    assert all(len(one) == 34 and one.startswith("f_") for one in ids)
    assert len(set(ids)) == 5


def test_expired_upload_is_as_unknown_as_one_that_never_was(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    made = uploaded(client)
    Upload.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert client.get(made["url"]).status_code == 404
    old = client.run("1", files=[{"name": "a", "id": made["id"]}]).json()
    never = client.run("1", files=[{"name": "a", "id": f"f_{'0' * 32}"}]).json()
    assert old == never
    assert "It may have expired: upload it again." in old["detail"]
    assert uploaded(client)["id"] != made["id"]
    retention.keep_house()
    assert Upload.objects.count() == 1


@pytest.mark.parametrize(("files", "runs", "days"), [(7, 90, 7), (0, 90, 90), (0, 0, None)])
def test_upload_is_kept_as_long_as_the_files_of_a_run(
    alice: User, settings: Settings, files: int, runs: int, days: int | None
) -> None:
    settings.FILES_RETENTION_DAYS, settings.RETENTION_DAYS = files, runs
    made, _ = uploads.add(alice, "a", b"1")
    if days is None:
        assert made.expires is None
        assert current_of(alice.pk).get() == made
    else:
        assert abs(present(made.expires) - timezone.now() - timedelta(days=days)) < timedelta(
            hours=1
        )


# --- Runs that have it: evidence, counted once ---


def test_run_has_the_content_of_an_upload_that_was_deleted_since(
    alice: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    made = uploaded(client)
    row = run_of(alice, made["id"])
    assert client.delete(f"{FILES}{made['id']}/").status_code == 204
    assert client.get(made["url"]).status_code == 404
    assert store.sent_to(row.pk, present(row.files_in))[0].content == TABLE
    retention.keep_house()
    assert store.sent_to(row.pk, present(row.files_in))[0].content == TABLE
    retention.remove_files(timezone.now())
    assert not Upload.objects.exists()
    assert broken() == ""


def test_record_of_a_run_keeps_name_size_and_digest(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    row = run_of(alice, uploaded(client)["id"])
    retention.remove_files(timezone.now())
    client.delete(f"{FILES}{Upload.objects.get().pk}/")
    (kept,) = client.get(f"/api/submissions/{row.pk}/").json()["files_in"]
    digest = hashlib.sha256(TABLE).hexdigest()
    assert kept == {"name": "0.csv", "size": len(TABLE), "type": BYTES, "sha256": digest}


def test_content_of_an_upload_is_sealed_with_its_run(alice: User, as_user: AsUser) -> None:
    row = run_of(alice, uploaded(as_user(alice))["id"])
    chain.seal()
    assert broken() == ""
    Upload.objects.update(content=b"harmless")
    assert f"files of submission {row.pk} were changed or removed" in broken()


def test_upload_that_stands_in_for_another_is_named(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    row = run_of(alice, uploaded(client)["id"])
    other = uploaded(client, "other", b"harmless")
    chain.seal()
    RunFile.objects.update(upload=other["id"])
    assert f"files of submission {row.pk} were changed or removed" in broken()


def test_runs_of_before_uploads_verify(alice: User) -> None:
    """Their files have a content of their own, and descriptions without an id."""
    files = [File(name="a", content=b"1")]
    row = make_submission(
        alice, finished=timezone.now() - timedelta(hours=1), files_in=store.described(files)
    )
    assert list(present(row.files_in)[0]) == ["name", "size", "type", "sha256"]
    RunFile.objects.create(submission=row, attempt=0, position=0, content=b"1")
    chain.seal()
    assert broken() == ""
    assert store.sent_to(row.pk, present(row.files_in)) == tuple(files)


def test_closed_account_keeps_only_what_its_runs_had_and_not_for_longer(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.AUDIT_HOLD_DAYS = 30
    client = as_user(alice)
    used, _ = uploaded(client), uploaded(client, "unused", b"2")
    run_of(alice, used["id"])
    delete_account(alice)
    assert [one.pk for one in Upload.objects.all()] == [used["id"]]
    assert not current_of(alice.pk).exists()
    Submission.written.update(held_until=timezone.now())
    retention.keep_house()
    assert not Upload.objects.exists()


def test_account_that_is_closed_takes_no_more(alice: User, as_user: AsUser) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        uploads.add(alice, "a", b"1")
    assert not Upload.objects.exists()


def test_pages_say_what_a_user_has_uploaded(
    alice: User, staff: User, as_user: AsUser, bob: User
) -> None:
    client = as_user(alice)
    uploaded(client, content=bytes(3 * 2**20))
    uploaded(client, "old", bytes(2**20))
    Upload.objects.filter(name="old").update(expires=timezone.now())
    uploaded(as_user(bob), content=bytes(2**20))
    own = client.get("/accounts/data/").content.decode()
    assert 'href="/api/files/">your uploads</a>, at present 3 MiB.' in own
    page = as_user(staff).get(f"/admin/people/{alice.pk}/").content.decode()
    assert "4 MiB of 200 MiB today; uploads that have not expired: 3 MiB" in page


def test_upload_counts_once_however_many_runs_have_it(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 300_000
    made = uploaded(as_user(alice), content=b"x" * 100_000)
    before = storage.stored_today(alice.pk)
    assert before == 100_000 + storage.FILE_BYTES
    rows = [run_of(alice, made["id"], code="", limits={}) for _ in range(3)]
    storage.reserve(alice, rows)
    assert storage.stored_today(alice.pk) == before + 3 * (storage.ROW_BYTES + storage.FILE_BYTES)
    storage.release(rows[0])
    assert storage.stored_today(alice.pk) == before + 2 * (storage.ROW_BYTES + storage.FILE_BYTES)


def test_upload_beyond_the_day_is_refused_and_not_counted(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 300_000
    client = as_user(alice)
    uploaded(client, content=b"x" * 200_000)
    counted = storage.stored_today(alice.pk)
    answer = sent_file(client, "b", b"y" * 100_000)
    assert (answer.status_code, answer.json()["code"]) == (429, "storage_full")
    assert "of storage. Today you have" in answer.json()["detail"]
    assert storage.stored_today(alice.pk) == counted
    assert Upload.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_uploads_do_not_exceed_the_day_together(alice: User, settings: Settings) -> None:
    settings.STORAGE_BYTES_PER_DAY = 300_000

    def add(number: int) -> bool:
        try:
            uploads.add(alice, str(number), bytes([number]) * 90_000)
        except StorageFull:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(add, range(6))) == 3
    assert Upload.objects.count() == 3
    assert storage.stored_today(alice.pk) == 3 * (90_000 + storage.FILE_BYTES)
