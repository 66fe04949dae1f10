"""The audit: staff see everything and can change nothing; its text is inert."""

import re
from html import unescape
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from submissions.accounts import sessions
from submissions.accounts.models import ApiToken
from submissions.http import connections
from submissions.lifecycle.models import Submission
from tests.support.clients import PASSWORD, AsUser, log_in
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

CHANGELIST = "/admin/submissions/submission/"
NASTY = "<script>alert(1)</script>\x1b[31m\x1b]0;t\x07\u202e'\"><img src=x onerror=alert(1)>=1+1"


def change_page(submission: Submission) -> str:
    return reverse("admin:submissions_submission_change", args=[submission.pk])


def test_staff_see_everybodys_submissions(
    alice: User, bob: User, staff: User, as_user: AsUser
) -> None:
    make_submission(alice)
    make_submission(bob)
    page = as_user(staff).get(CHANGELIST).content.decode()
    assert "alice" in page
    assert "bob" in page


@pytest.mark.parametrize(
    "query",
    [
        {"verdict__exact": "ok"},
        {"language__exact": "python"},
        {"status__exact": "finished"},
        {"via__exact": "session"},
        {"q": "print"},
        {"q": "alice"},
        {"created__year": "2026"},
        {"when": "1"},
        {"user": "ALICE"},
        {"experiment": "none"},
    ],
)
def test_list_can_be_narrowed(
    alice: User, staff: User, as_user: AsUser, query: dict[str, Any]
) -> None:
    make_submission(alice)
    assert as_user(staff).get(CHANGELIST, query).status_code == 200


def test_page_of_a_run_shows_code_output_and_stored_values(
    alice: User, staff: User, as_user: AsUser
) -> None:
    submission = make_submission(alice, stderr="oops", evidence={"oom_kills": 3})
    page = as_user(staff).get(change_page(submission)).content.decode()
    for shown in ("print", "oops", "oom_kills", "134217728", "Open in the playground"):
        assert shown in page


def test_page_of_a_run_has_no_history_button(alice: User, staff: User, as_user: AsUser) -> None:
    page = as_user(staff).get(change_page(make_submission(alice))).content.decode()
    assert "/history/" not in page


def test_form_for_the_playground_has_the_exact_program(
    alice: User, staff: User, as_user: AsUser
) -> None:
    code = "\n\x1b[31m\u202e</textarea><script>alert(1)</script>\tö\n"
    submission = make_submission(alice, code=code, stdin="1\n2", args=["a b", "c"])
    client = as_user(staff)
    page = client.get(change_page(submission)).content.decode()
    fields = dict(re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', page, re.DOTALL))
    # Unlike a browser, Python's `unescape` drops references to control characters.
    fields = {
        name: unescape(re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), text))
        for name, text in fields.items()
    }
    assert fields == {"code": code, "stdin": "1\n2", "args": "a b\nc"}


def test_text_of_users_is_inert(alice: User, staff: User, as_user: AsUser) -> None:
    submission = make_submission(
        alice,
        code=NASTY,
        stdout=NASTY,
        stderr=NASTY,
        stdin=NASTY,
        args=[NASTY],
        error=NASTY,
        user_agent=NASTY,
    )
    client = as_user(staff)
    for address in (CHANGELIST, change_page(submission)):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\x1b" not in page
        assert "\u202e" not in page


@pytest.mark.parametrize("action", ["add/", "{pk}/delete/"])
def test_superuser_cannot_add_or_delete(
    alice: User, staff: User, as_user: AsUser, action: str
) -> None:
    submission = make_submission(alice)
    address = CHANGELIST + action.format(pk=submission.pk)
    client = as_user(staff)
    assert client.get(address).status_code == 403
    assert client.post(address, {"post": "yes"}).status_code == 403
    assert Submission.objects.count() == 1


def test_superuser_cannot_change(alice: User, staff: User, as_user: AsUser) -> None:
    submission = make_submission(alice)
    answer = as_user(staff).post(change_page(submission), {"code": "changed"})
    assert answer.status_code == 403
    submission.refresh_from_db()
    assert submission.code == "print(1)"


def test_superuser_cannot_delete_by_action(alice: User, staff: User, as_user: AsUser) -> None:
    submission = make_submission(alice)
    data = {"action": "delete_selected", "_selected_action": [str(submission.pk)], "post": "yes"}
    as_user(staff).post(CHANGELIST, data)
    assert Submission.objects.count() == 1


def test_user_without_rights_is_sent_to_the_login(alice: User, as_user: AsUser) -> None:
    answer = as_user(alice).get(CHANGELIST)
    assert answer.status_code == 302


def test_tokens_can_be_seen_and_revoked_but_not_made(
    alice: User, staff: User, as_user: AsUser
) -> None:
    token, secret = ApiToken.objects.create(user=alice, name="t")
    client = as_user(staff)
    page = client.get("/admin/submissions/apitoken/").content.decode()
    assert token.token_key in page
    assert secret not in page
    assert client.get("/admin/submissions/apitoken/add/").status_code == 403
    assert client.get("/admin/knox/authtoken/").status_code == 404


def test_user_without_rights_gets_a_page_and_no_redirect(alice: User, as_user: AsUser) -> None:
    answer = as_user(alice).get("/admin/", follow=True)
    assert answer.status_code == 403
    assert len(answer.redirect_chain) == 1


def test_admin_login_is_the_sites(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_staff_change_their_own_password_on_the_sites_page(staff: User, as_user: AsUser) -> None:
    """Django's page counts no wrong password, and knows nothing of the list of sessions."""
    for method in ("get", "post"):
        answer = getattr(as_user(staff), method)("/admin/password_change/")
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/change/")
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)


def test_second_factor_can_be_removed_and_its_secret_is_not_shown(
    alice: User, staff: User, as_user: AsUser
) -> None:
    factor = Authenticator.objects.create(
        user=alice, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"}
    )
    Authenticator.objects.create(user=alice, type=Authenticator.Type.RECOVERY_CODES, data={})
    admin = as_user(staff)
    for name, arguments in (("changelist", []), ("change", [factor.pk])):
        page = admin.get(reverse(f"admin:mfa_authenticator_{name}", args=arguments))
        assert page.status_code == 200
        assert "JBSWY3DPEHPK3PXP" not in page.content.decode()
    assert admin.get(reverse("admin:mfa_authenticator_add")).status_code == 403
    admin.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    assert not Authenticator.objects.exists()


def test_login_ends_the_oldest_of_very_many_sessions(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is looked at whenever the user logs in or lists them."""
    monkeypatch.setattr(sessions, "MOST", 3)
    clients = [Client() for _ in range(5)]
    for client in clients:
        log_in(client, "alice", PASSWORD)
    statuses = [client.get("/playground/").status_code for client in clients]
    assert statuses == [302, 302, 200, 200, 200]
    assert UserSession.objects.filter(user=alice).count() == 3


def test_administrator_who_sets_a_password_keeps_a_session_that_can_be_ended(
    client: Client, alice: User, staff: User
) -> None:
    """Django gives the session another key, under which nobody would find it."""
    log_in(client, staff.username, PASSWORD)
    new = "another horse battery staple"
    form = {"usable_password": "true", "password1": new, "password2": new}
    answer = client.post(reverse("admin:auth_user_password_change", args=[alice.pk]), form)
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)
    assert client.get("/admin/").status_code == 200
    sessions.end_all(staff)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("address", ["", "people/"])
def test_search_of_staff_takes_a_place_for_streams(
    staff: User, as_user: AsUser, settings: Settings, address: str
) -> None:
    """It compares each word with all programs. Those of one person could hold every thread."""
    settings.STREAM_MAX_PER_USER = 1
    admin, address = as_user(staff), f"/admin/submissions/submission/{address}"
    with connections.place(staff.pk):
        assert admin.get(address, {"q": "x"}).status_code == 429
        assert admin.get(address).status_code == 200
    assert admin.get(address, {"q": "x"}).status_code == 200
