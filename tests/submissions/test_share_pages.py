"""The pages of share links: what a stranger sees, and who makes and revokes them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from pytest_django import Settings

from submissions.accounts.attempts import Rate
from submissions.audit.accounts import shares
from submissions.lifecycle.models import Status, Submission
from submissions.pages.runs import sharing
from submissions.sharing.links import secret_of
from submissions.sharing.models import ShareLink
from submissions.telemetry import logs
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
NASTY = "<script>alert(1)</script>\x1b[31m\u202e'\"><img src=x onerror=alert(1)>"
PRIVATE = {
    "client_address": "10.9.8.7",
    "user_agent": "SecretBrowser",
    "sandbox": "secret-sandbox",
    "image": "sha256:secret",
    "token_key": "secret-token",
}


@pytest.fixture
def run(alice: User) -> Submission:
    return make_submission(alice, code="print('shown')", stdout="shown\n", **PRIVATE)


@pytest.fixture
def address(alice: User, as_user: AsUser, run: Submission) -> Any:
    """Make a link as a script does; return its path."""
    answer = as_user(alice).post(f"/submissions/{run.pk}/share/", headers=JSON)
    assert answer.status_code == 201
    return answer.json()["url"].removeprefix("http://testserver")


def page_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_stranger_sees_program_output_verdict_and_limits(client: Client, address: str) -> None:
    page = page_of(client, address)
    for part in ("shown", "OK", "of 10 s", "of 128 MiB", "Log in to open it in your playground"):
        assert part in page


def test_stranger_sees_nothing_of_the_user(
    client: Client, address: str, run: Submission, alice: User
) -> None:
    page = page_of(client, address)
    hidden = {*PRIVATE.values(), str(run.pk), "alice", "example.org", run.worker, "stored values"}
    assert [text for text in hidden if text in page] == []


def test_stranger_learns_of_no_other_run(client: Client, address: str, run: Submission) -> None:
    Submission.written.update(lane="slot", run_number=57)
    assert "Run 57" not in page_of(client, address)


def test_name_is_shown_if_its_user_ticks_the_box(
    client: Client, alice: User, as_user: AsUser, run: Submission
) -> None:
    as_user(alice).post(f"/submissions/{run.pk}/share/", {"named": "on", "days": "7"})
    link = ShareLink.objects.get()
    page = page_of(client, f"/shared/{secret_of(link)}/")
    assert "<strong>alice</strong> shared this run" in page


@pytest.mark.parametrize(("fields", "days"), [({}, 30), ({"days": "7"}, 7), ({"days": "1"}, 1)])
def test_owner_chooses_how_long_a_link_opens(
    alice: User, as_user: AsUser, run: Submission, fields: dict[str, Any], days: int
) -> None:
    answer = as_user(alice).post(f"/submissions/{run.pk}/share/", fields, headers=JSON)
    expires = present(parse_datetime(answer.json()["expires"]))
    assert timedelta(0) < timezone.now() + timedelta(days=days) - expires < timedelta(minutes=5)


def test_form_leads_back_to_the_run_with_the_link(
    alice: User, as_user: AsUser, run: Submission
) -> None:
    client = as_user(alice)
    answer = client.post(f"/submissions/{run.pk}/share/")
    assert (answer.status_code, answer["Location"]) == (302, f"/submissions/{run.pk}/#share")
    page = page_of(client, f"/submissions/{run.pk}/")
    assert "Your share link is ready." in page
    assert f"http://testserver/shared/{secret_of(ShareLink.objects.get())}/" in page


@pytest.mark.parametrize(
    ("fields", "status", "code", "wrong"),
    [
        ({"days": "2"}, 400, "invalid", ["days"]),
        ({"days": "always"}, 400, "invalid", ["days"]),
        ({"days": "-1"}, 400, "invalid", ["days"]),
    ],
)
def test_wrong_lifetime_is_refused_with_the_field(
    alice: User,
    as_user: AsUser,
    run: Submission,
    fields: dict[str, Any],
    status: int,
    code: str,
    wrong: list[str],
) -> None:
    answer = as_user(alice).post(f"/submissions/{run.pk}/share/", fields, headers=JSON)
    body = answer.json()
    assert (answer.status_code, body["code"], list(body["fields"])) == (status, code, wrong)
    assert as_user(alice).post(f"/submissions/{run.pk}/share/", fields).status_code == 302
    assert not ShareLink.objects.exists()


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_unfinished_run_is_refused(alice: User, as_user: AsUser, status: Status) -> None:
    run = make_submission(alice, status=status, verdict="")
    answer = as_user(alice).post(f"/submissions/{run.pk}/share/", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_finished")
    assert "Share" not in page_of(as_user(alice), f"/submissions/{run.pk}/").split("<main")[1]


@pytest.mark.parametrize("viewer", ["bob", "staff"])
def test_others_cannot_share_or_revoke(
    alice: User,
    as_user: AsUser,
    request: pytest.FixtureRequest,
    run: Submission,
    address: str,
    viewer: str,
) -> None:
    client = as_user(request.getfixturevalue(viewer))
    answer = client.post(f"/submissions/{run.pk}/share/", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.post(f"/submissions/{run.pk}/share/").status_code == 404
    key = ShareLink.objects.get().key
    assert client.post(f"/submissions/links/{key}/revoke/").status_code == 404
    assert "/shared/" not in page_of(client, "/submissions/links/")
    assert ShareLink.objects.count() == 1


def test_stranger_has_to_log_in_to_share(client: Client, run: Submission) -> None:
    answer = client.post(f"/submissions/{run.pk}/share/", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    answer = client.post(f"/submissions/{run.pk}/share/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_sharing_needs_the_csrf_token(
    alice: User, as_user: AsUser, run: Submission, address: str
) -> None:
    client = as_user(alice, enforce_csrf_checks=True)
    key = ShareLink.objects.get().key
    for path in (f"/submissions/{run.pk}/share/", f"/submissions/links/{key}/revoke/"):
        assert client.post(path).status_code == 403
        assert client.get(path).status_code == 405


def test_full_number_of_links_is_refused_with_what_to_do(
    alice: User, as_user: AsUser, run: Submission, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "LINKS_PER_USER", 1)
    answer = as_user(alice).post(f"/submissions/{run.pk}/share/", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_links")
    assert "Revoke one first." in answer.json()["detail"]


def test_links_are_made_at_a_bounded_rate(
    alice: User, bob: User, as_user: AsUser, run: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MADE", Rate(2, 3600))
    client = as_user(alice)
    answers = [client.post(f"/submissions/{run.pk}/share/", headers=JSON) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 3600
    assert answers[2].json()["code"] == "too_many_attempts"


def test_sharing_that_is_turned_off_is_not_offered(
    alice: User, as_user: AsUser, run: Submission, address: str, settings: Settings, client: Client
) -> None:
    settings.SHARE_DAYS = 0
    answer = as_user(alice).post(f"/submissions/{run.pk}/share/", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert 'id="share"' not in page_of(as_user(alice), f"/submissions/{run.pk}/")
    page_of(client, address, status=404)


def test_unknown_expired_and_revoked_links_look_the_same(
    client: Client, alice: User, as_user: AsUser, run: Submission, address: str
) -> None:
    unknown = page_of(client, "/shared/unknown/", status=404)
    ShareLink.objects.update(expires=timezone.now())
    expired = page_of(client, address, status=404)
    ShareLink.objects.update(expires=timezone.now() + timedelta(days=1))
    page_of(client, address)
    key = ShareLink.objects.get().key
    answer = as_user(alice).post(f"/submissions/links/{key}/revoke/", {"run": "yes"})
    assert answer["Location"] == f"/submissions/{run.pk}/#share"
    revoked = page_of(client, address, status=404)
    assert unknown == expired == revoked
    assert "expired, was revoked, or has a typing error" in unknown


@pytest.mark.parametrize("exists", [True, False])
def test_shared_page_is_not_listed_not_cached_and_not_passed_on(
    client: Client, address: str, exists: bool
) -> None:
    answer = client.get(address if exists else "/shared/x/")
    assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    assert "script-src" not in answer["Content-Security-Policy"]  # default-src 'self'
    assert "http://" not in answer.content.decode().split("<main")[1]


def test_shared_page_only_reads(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200


def test_look_ups_of_an_address_are_limited(
    client: Client, address: str, settings: Settings
) -> None:
    settings.SHARE_VIEW_RATE = "3/5m"
    statuses = [client.get(path).status_code for path in ("/shared/x/", address, address, address)]
    assert statuses == [404, 200, 200, 429]
    assert client.get(address, REMOTE_ADDR="10.0.0.2").status_code == 200


def test_shared_text_is_inert(client: Client, alice: User) -> None:
    texts = dict.fromkeys(("code", "stdin", "stdout", "stderr", "error"), NASTY)
    run = make_submission(alice, args=[NASTY], evidence={"signal": 9, NASTY: 1}, **texts)
    link = shares.share(alice, run, days=1, named=True)
    page = page_of(client, f"/shared/{secret_of(link)}/")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not {"\x1b", "\u202e"} & set(page)


def test_user_opens_a_shared_program_in_the_own_playground(
    bob: User, as_user: AsUser, alice: User
) -> None:
    run = make_submission(alice, code="\n<b>&amp;", stdin="1\n", args=["a b", "c"], read_only=False)
    link = shares.share(alice, run, days=1, named=False)
    client = as_user(bob)
    page = page_of(client, f"/shared/{secret_of(link)}/")
    assert '<textarea name="code" hidden>\n\n&lt;b&gt;&amp;amp;</textarea>' in page
    assert '<textarea name="args" hidden>\na b\nc</textarea>' in page
    assert 'name="read_only"' not in page
    assert 'action="/playground/"' in page


def test_list_shows_ones_live_links_and_revokes_them(
    alice: User, as_user: AsUser, run: Submission, address: str
) -> None:
    client = as_user(alice)
    assert address in page_of(client, "/submissions/links/")
    key = ShareLink.objects.get().key
    page = client.post(f"/submissions/links/{key}/revoke/", follow=True).content.decode()
    assert "You have no share links." in page
    assert client.post(f"/submissions/links/{key}/revoke/").status_code == 404


def test_log_does_not_hold_the_address(address: str) -> None:
    assert logs.shown_path(address) == "/shared/…/"


def test_staff_see_links_but_neither_open_nor_change_them(
    alice: User, staff: User, as_user: AsUser, run: Submission, address: str
) -> None:
    client = as_user(staff)
    link = ShareLink.objects.get()
    changelist = "/admin/submissions/sharelink/"
    for path in (changelist, f"{changelist}{link.key}/change/", f"{changelist}?q=alice"):
        page = page_of(client, path)
        assert "alice" in page
        assert "/shared/" not in page
    for path in (f"{changelist}add/", f"{changelist}{link.key}/delete/"):
        assert client.post(path, {"post": "yes"}).status_code == 403
    assert ShareLink.objects.exists()
