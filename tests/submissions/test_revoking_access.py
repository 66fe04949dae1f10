"""Tokens and share links after a password change, and revoking all of them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from submissions.audit import verification
from submissions.audit.accounts import shares
from submissions.audit.models import Action, AuditEntry
from submissions.pages.account.access import REVOKED
from submissions.sharing.links import secret_of
from tests.support.clients import PASSWORD, Answer, log_in
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = pytest.mark.django_db

NEW = "another battery staple"
REVOKE = "/accounts/access/revoke/"


@pytest.fixture
def access(
    alice: User, token_of: Callable[..., dict[str, str]]
) -> Callable[..., tuple[bool, bool]]:
    """Return a function that tells whether alice's token and her share link open something."""
    header = token_of(alice)
    link = make_link(alice)

    def opens() -> tuple[bool, bool]:
        token = Client().get("/api/", headers=header).status_code == 200
        return token, Client().get(f"/shared/{link}/").status_code == 200

    assert opens() == (True, True)
    return opens


def make_link(user: User) -> str:
    return secret_of(shares.share(user, make_submission(user), days=7, named=False))


def change_password(client: Client, **more: Any) -> Answer:
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW, **more}
    return client.post("/accounts/password/change/", fields, follow=True)


def test_button_is_pressed_a_few_times_an_hour(alice: User, client: Client) -> None:
    """Each time may be an entry of the chain, which nobody removes."""
    log_in(client, "alice", PASSWORD)
    for _ in range(REVOKED.most):
        assert client.post(REVOKE).status_code == 302
    assert client.post(REVOKE).status_code == 429


def revocations() -> Any:
    return [entry.data for entry in AuditEntry.objects.of(Action.ACCESS_REVOKED)]


def test_new_password_ends_other_sessions_and_keeps_token_and_link(
    alice: User, access: Callable[..., tuple[bool, bool]]
) -> None:
    mine, other = Client(), Client()
    log_in(mine, "alice", PASSWORD)
    log_in(other, "alice", PASSWORD)
    assert change_password(mine).status_code == 200
    assert mine.get("/submissions/").status_code == 200
    assert other.get("/submissions/").status_code == 302
    assert access() == (True, True)
    assert revocations() == []


def test_new_password_revokes_token_and_link_on_request(
    alice: User, access: Callable[..., tuple[bool, bool]]
) -> None:
    client = Client()
    log_in(client, "alice", PASSWORD)
    page = change_password(client, revoke="on").content.decode()
    assert "Revoked: 1 API token and 1 share link." in page
    assert access() == (False, False)


def test_refused_new_password_revokes_nothing(
    alice: User, access: Callable[..., tuple[bool, bool]]
) -> None:
    client = Client()
    log_in(client, "alice", PASSWORD)
    change_password(client, revoke="on", oldpassword="wrong")
    assert access() == (True, True)


def test_password_that_was_lost_can_be_set_with_everything_revoked(
    alice: User, access: Callable[..., tuple[bool, bool]]
) -> None:
    alice.email = "alice@example.org"
    alice.save()
    client = Client()
    client.post("/accounts/password/reset/", {"email": alice.email})
    sent = str(mail.outbox[0].body)
    address = present(re.search(r"http://testserver(/accounts/password/reset/key/\S+)", sent))
    form = client.get(address[1])["Location"]
    assert "Also revoke all my API tokens" in client.get(form).content.decode()
    client.post(form, {"password1": NEW, "password2": NEW, "revoke": "on"})
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert access() == (False, False)


def test_button_revokes_all_of_ones_own_and_nothing_of_others(
    alice: User,
    bob: User,
    access: Callable[..., tuple[bool, bool]],
    token_of: Callable[..., dict[str, str]],
) -> None:
    make_link(bob)
    token_of(bob)
    client = Client()
    log_in(client, "alice", PASSWORD)
    page = client.get("/accounts/sessions/").content.decode()
    assert "You have 1 API token and 1 share link." in page
    page = client.post(REVOKE, follow=True).content.decode()
    assert "Revoked: 1 API token and 1 share link." in page
    assert "You have no API tokens and no share links." in page
    assert access() == (False, False)
    assert bob.share_links.count() == bob.auth_token_set.count() == 1
    assert client.get("/submissions/").status_code == 200


def test_revocation_is_one_entry_that_opens_nothing(
    alice: User, access: Callable[..., tuple[bool, bool]]
) -> None:
    link, token = alice.share_links.get(), alice.auth_token_set.get()
    client = Client()
    log_in(client, "alice", PASSWORD)
    client.post(REVOKE)
    assert revocations() == [
        {"version": 1, "user": alice.pk, "tokens": [token.token_key], "links": [link.key[:8]]}
    ]
    assert list(verification.verify()) == []
    assert "There was nothing to revoke." in client.post(REVOKE, follow=True).content.decode()
    assert len(revocations()) == 1


def test_revoking_needs_a_session_and_a_form_of_the_site(
    alice: User, access: Callable[..., tuple[bool, bool]]
) -> None:
    assert "/accounts/login/" in Client().post(REVOKE)["Location"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(REVOKE).status_code == 403
    assert client.get(REVOKE).status_code == 405
    assert access() == (True, True)
