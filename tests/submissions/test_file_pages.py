"""A run's page lists what the run has given back, for its owner, and runs nothing of it."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from executor import File
from submissions.audit.accounts import shares
from submissions.files import store
from submissions.files.models import RunFile
from submissions.http.connections import SMALL, place
from submissions.lifecycle.models import Submission
from submissions.sharing.links import secret_of
from tests.support.clients import AsUser
from tests.support.factories import make_submission, run_with

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def page_of(client: Client, row: Submission) -> str:
    answer = client.get(f"/submissions/{row.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_page_shows_images_and_links_all_files(alice: User, as_user: AsUser) -> None:
    row = run_with(
        alice,
        ("plot.png", PNG),
        ("x.svg", SVG),
        files_left_out={"too_many": 2, "of_a_newer_version": 1},
    )
    page = page_of(as_user(alice), row)
    base = f"/api/submissions/{row.pk}/files/"
    assert f'<img src="{base}0/" alt="plot.png" loading="lazy">' in page
    assert page.count('<img src="/api') == 1
    assert f'<a href="{base}1/" download>' in page
    assert "Not kept: beyond the first 16 (2), of_a_newer_version (1)." in page


def test_name_of_a_file_is_text_on_the_page(alice: User, as_user: AsUser) -> None:
    row = run_with(alice, ('"><script>alert(1)</script>', PNG))
    page = page_of(as_user(alice), row)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_page_says_that_a_file_was_removed(alice: User, as_user: AsUser) -> None:
    row = run_with(alice, ("plot.png", PNG))
    RunFile.objects.all().delete()
    page = page_of(as_user(alice), row)
    assert "plot.png" in page
    assert ", removed" in page
    assert "/files/" not in page


def test_page_of_a_run_without_files_has_no_list(alice: User, as_user: AsUser) -> None:
    assert "run-files" not in page_of(as_user(alice), make_submission(alice))


def test_staff_see_what_a_file_was_but_not_the_file(
    alice: User, staff: User, as_user: AsUser
) -> None:
    row = run_with(alice, ("plot.png", PNG))
    address = f"/admin/submissions/submission/{row.pk}/change/"
    page = as_user(staff).get(address).content.decode()
    digest = store.described([File(name="", content=PNG)])[0]["sha256"]
    assert "<h2>Files that it made</h2>" in page
    assert f"SHA-256 <code>{digest}</code>" in page
    assert '<img src="/api' not in page
    assert "/files/" not in page


def test_share_link_shows_no_file_and_no_name_of_one(
    client: Client, alice: User, bob: User, as_user: AsUser
) -> None:
    sent = [File(name="secret-sent.csv", content=b"1")]
    described = {"files_in": store.described(sent), "finished": timezone.now()}
    row = run_with(alice, ("secret-made.png", PNG), **described)
    store.add_sent([(row.pk, sent)])
    link = shares.share(alice, row, days=1, named=False)
    page = client.get(f"/shared/{secret_of(link)}/")
    assert page.status_code == 200
    assert "Its files are not shared." in page.content.decode()
    for private in ("secret-", "/files/", "loading="):
        assert private not in page.content.decode()
    for stranger, status in ((client, 401), (as_user(bob), 404)):
        assert stranger.get(f"/api/submissions/{row.pk}/files/0/").status_code == status
    plain = shares.share(
        alice, make_submission(alice, finished=timezone.now()), days=1, named=False
    )
    assert "Its files" not in client.get(f"/shared/{secret_of(plain)}/").content.decode()


@pytest.mark.docker
def test_run_again_has_the_files_of_the_first_run(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    code = "print(open('a').read()); open('b', 'w').write('made')"
    client.run(code, files=[{"name": "a", "base64": "AAEC/w=="}], outputs=True)
    client.run(code, files=[{"name": "a", "text": "sent"}], outputs=True)
    first = Submission.objects.get(stdout="sent\n")
    answer = client.post(f"/submissions/{first.pk}/again/")
    assert answer.status_code == 302
    again = Submission.objects.exclude(pk=first.pk).get(stdout="sent\n")
    assert (again.files_in, again.files_out) == (first.files_in, first.files_out)


@pytest.mark.inline
def test_large_files_are_read_again_in_a_place_for_streams(
    alice: User, as_user: AsUser, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests that wait for their rate or their place would hold megabytes each."""
    settings.STREAM_MAX_PER_USER = 1
    file = File(name="a", content=bytes(SMALL + 1))
    row = make_submission(alice, files_in=store.described([file]))
    store.add_sent([(row.pk, [file])])
    monkeypatch.setattr(store, "sent_to", lambda *of_a_run: pytest.fail("was read"))
    client, address = as_user(alice), f"/submissions/{row.pk}/again/"
    with place(alice.pk):
        assert client.post(address).status_code == 429
    settings.RUN_RATE = "1/h"
    client.run("1", language="none")
    assert client.post(address).status_code == 429


def test_run_whose_files_were_removed_does_not_run_again_without_them(
    alice: User, as_user: AsUser
) -> None:
    row = make_submission(alice, files_in=store.described([File(name="a", content=b"1")]))
    answer = as_user(alice).post(f"/submissions/{row.pk}/again/")
    assert answer.status_code == 409
    assert "have been removed" in answer.content.decode()
    assert Submission.objects.count() == 1


def test_playground_says_that_it_has_no_files(alice: User, as_user: AsUser) -> None:
    row = make_submission(alice, files_in=store.described([File(name="a", content=b"1")]))
    page = as_user(alice).get("/playground/", {"submission": str(row.pk)}).content.decode()
    assert "This run had files beside its program" in page
