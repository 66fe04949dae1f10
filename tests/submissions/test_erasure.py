"""Deleting an account: out of sight at once, erased after a hold that its user cannot shorten."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from executor import File
from submissions.audit import chain, facts, verification
from submissions.audit.accounts import erasure
from submissions.audit.accounts.belongings import AT_ONCE, IN_STEPS
from submissions.audit.accounts.erasure import delete_account, erase_due
from submissions.audit.models import Action, AuditEntry
from submissions.files import store
from submissions.files.models import RunFile
from submissions.lifecycle.models import Submission
from tests.support.auditing import broken
from tests.support.clients import PASSWORD, AsUser
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.streams import stream_of

pytestmark = pytest.mark.django_db


def finished(user: User, **over: Any) -> Submission:
    values = {"code": "evidence", "client_address": "10.0.0.1", "user_agent": "curl"}
    return make_submission(user, **{**values, "finished": timezone.now(), **over})


def test_deleted_accounts_content_is_kept_for_the_hold_and_then_erased(
    alice: User, days_pass: Callable[..., None]
) -> None:
    file = File(name="mine.txt", content=b"evidence")
    described = store.described([file])
    submission = finished(alice, files_in=described, files_out=described, attempt=1)
    store.add_sent([(submission.pk, [file])])
    store.add_made(submission.pk, 1, 0, file.content)
    delete_account(alice)
    submission.refresh_from_db()
    assert (submission.code, submission.user_agent) == ("evidence", "curl")
    assert RunFile.objects.count() == 2
    assert submission.username == "alice"
    days_pass(29)
    assert erase_due() == 0
    days_pass(31)
    assert erase_due() == 1
    submission.refresh_from_db()
    assert (submission.code, submission.user_agent, submission.client_address) == ("", "", None)
    assert (submission.files_in, submission.files_out) == (None, None)
    assert not RunFile.objects.exists()
    assert (submission.username, submission.held_until) == ("", None)
    assert submission.erased
    assert broken() == ""


def test_chain_has_the_request_and_the_erasure(alice: User, days_pass: Callable[..., None]) -> None:
    finished(alice)
    delete_account(alice)
    days_pass(31)
    erase_due()
    asked = AuditEntry.objects.get(action=Action.ERASURE_ASKED)
    erased = AuditEntry.objects.get(action=Action.ERASED)
    assert (asked.data["user"], asked.data["count"]) == (alice.pk, 1)
    assert (erased.data["user"], erased.data["count"]) == (alice.pk, 1)
    assert "alice" not in str([asked.data, erased.data])


def test_content_erased_before_its_hold_has_ended_is_named(
    alice: User, days_pass: Callable[..., None]
) -> None:
    submission = finished(alice)
    chain.seal()
    delete_account(alice)
    Submission.written.update(held_until=timezone.now() - timedelta(days=1))
    erase_due()
    assert f"submission {submission.pk} was changed" in broken()


def test_content_gone_during_the_hold_is_named(alice: User) -> None:
    finished(alice)
    chain.seal()
    delete_account(alice)
    Submission.written.update(**facts.WRITTEN_3)
    assert "was changed" in broken()


def test_content_of_another_account_is_not_covered_by_an_erasure(
    alice: User, bob: User, days_pass: Callable[..., None]
) -> None:
    finished(alice)
    kept = finished(bob)
    chain.seal()
    delete_account(alice)
    days_pass(31)
    erase_due()
    assert broken() == ""
    Submission.written.filter(pk=kept.pk).update(**facts.WRITTEN_3)
    assert "was changed" in broken()


def test_erasures_of_the_first_version_still_verify(alice: User) -> None:
    submission = finished(alice)
    chain.seal()
    Submission.written.filter(pk=submission.pk).update(**facts.WRITTEN_3)
    assert "was changed" in broken()
    chain.append(Action.ERASED, {"user": alice.pk, "count": 1})
    assert broken() == ""


def test_erasure_before_the_seal_does_not_cover_what_came_after_it(alice: User) -> None:
    chain.append(Action.ERASED, {"user": alice.pk, "count": 1})
    finished(alice)
    chain.seal()
    Submission.written.update(**facts.WRITTEN_3)
    assert "was changed" in broken()


def test_held_content_is_seen_in_the_audit_alone(
    alice: User, staff: User, as_user: AsUser, token_of: Callable[..., dict[str, str]]
) -> None:
    submission = finished(alice)
    bearer, session = token_of(alice), as_user(alice)
    delete_account(alice)
    assert session.get("/api/submissions/", headers=bearer).status_code == 401
    assert session.get(f"/submissions/{submission.pk}/").status_code == 302
    # Should the account be made active again, what waits for its erasure stays out of sight.
    User.objects.filter(pk=alice.pk).update(is_active=True)
    back = as_user(User.objects.get(pk=alice.pk))
    assert back.get("/api/submissions/").json()["count"] == 0
    assert back.get("/api/submissions/", {"search": "evidence"}).json()["results"] == []
    assert back.get(f"/api/submissions/{submission.pk}/").status_code == 404
    assert back.get(f"/submissions/{submission.pk}/").status_code == 404
    assert b"".join(stream_of(back.get("/submissions/export/"))) == b""
    admin = as_user(staff)
    page = admin.get(f"/admin/submissions/submission/{submission.pk}/change/").content.decode()
    assert "evidence" in page
    assert "Held until" in page
    rows = b"".join(stream_of(admin.get("/admin/submissions/submission/export/json/")))
    assert b"evidence" not in rows
    assert b"held_until" in rows


def test_deletion_pages_name_the_hold(alice: User, client: Client) -> None:
    finished(alice)
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for address in ("/accounts/data/", "/accounts/data/delete/"):
        assert "kept for 30 days, 90 where" in client.get(address).content.decode()
    answer = client.post("/accounts/data/delete/", {"name": "alice"}, follow=True)
    day = (timezone.now() + timedelta(days=30)).date().isoformat()
    assert f"erased on {day} at the latest" in answer.content.decode()


def test_account_is_deleted_whatever_names_others_have_taken(
    alice: User, django_user_model: type[User]
) -> None:
    django_user_model.objects.create_user(f"deleted-{alice.pk}")
    delete_account(alice)
    alice.refresh_from_db()
    assert alice.username.startswith("deleted-")
    assert not alice.is_active


@pytest.mark.parametrize("name", ["deleted-7", "Deleted-x", "DELETED-1"])
def test_name_that_begins_like_a_deleted_accounts_is_refused_at_sign_up(
    client: Client, name: str
) -> None:
    fields = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    page = client.post("/accounts/signup/", fields)
    assert "are reserved" in page.content.decode()
    assert not User.objects.exists()


def test_name_that_only_contains_the_word_is_accepted_at_sign_up(client: Client) -> None:
    fields = {"username": "undeleted-7", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", fields)
    assert User.objects.get().username == "undeleted-7"


@pytest.mark.parametrize("address", ["/admin/auth/user/add/", "/admin/auth/user/{pk}/change/"])
def test_reserved_name_is_refused_in_the_admin(
    alice: User, staff: User, as_user: AsUser, address: str
) -> None:
    fields = {"username": "deleted-1", "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    passwords = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    page = as_user(staff).post(address.format(pk=alice.pk), {**fields, **passwords})
    assert "are reserved" in page.content.decode()
    assert not User.objects.filter(username="deleted-1").exists()


def test_deleted_account_can_still_be_edited_in_the_admin(
    alice: User, staff: User, as_user: AsUser
) -> None:
    delete_account(alice)
    alice.refresh_from_db()
    fields = {"username": alice.username, "first_name": "was alice", "date_joined_0": "2026-01-01"}
    answer = as_user(staff).post(
        f"/admin/auth/user/{alice.pk}/change/", {**fields, "date_joined_1": "00:00"}
    )
    assert answer.status_code == 302


def test_deletion_leaves_no_second_factor_no_session_and_no_rights(
    alice: User, client: Client
) -> None:
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    Authenticator.objects.create(user=alice, type="totp", data={"secret": "x"})
    alice.groups.add(Group.objects.create(name="teachers"))
    alice.user_permissions.add(Permission.objects.all()[0])
    assert Session.objects.count() == 1
    UserSession.objects.get_or_create(
        user=alice, session_key=Session.objects.get().pk, defaults={"ip": "::1"}
    )
    delete_account(alice)
    assert not Authenticator.objects.exists()
    assert not UserSession.objects.exists()
    assert not Session.objects.exists()
    alice.refresh_from_db()
    assert not alice.groups.exists()
    assert not alice.user_permissions.exists()


def test_every_table_with_user_data_is_emptied_or_listed() -> None:
    """A new table with a reference to users is a decision."""
    emptied = {*AT_ONCE, *IN_STEPS, "submissions.ApiToken"}
    stay = {"submissions.Submission", "submissions.Batch", "admin.LogEntry", "auth.User_groups"}
    stay |= {"submissions.Verification"}  # who has verified the chain
    stay |= {"submissions.Closing"}  # until all runs are held
    stay |= {"auth.User_user_permissions", "knox.AuthToken"}  # ours has taken its place
    about = {
        present(relation.related_model)._meta.label
        for relation in User._meta.get_fields(include_hidden=True)
        if relation.auto_created and relation.is_relation
    }
    assert about - stay == emptied


def test_account_that_comes_back_and_goes_again_keeps_its_first_hold(
    alice: User, days_pass: Callable[..., None]
) -> None:
    first = finished(alice)
    delete_account(alice)
    until = Submission.objects.get(pk=first.pk).held_until
    days_pass(20)
    User.objects.filter(pk=alice.pk).update(is_active=True)
    second = finished(alice)
    assert present(delete_account(User.objects.get(pk=alice.pk))) > present(until)
    assert Submission.objects.get(pk=first.pk).held_until == until
    days_pass(31)
    assert erase_due() == 1
    assert broken() == ""
    assert Submission.objects.get(pk=second.pk).code == "evidence"
    days_pass(51)
    assert erase_due() == 1
    assert broken() == ""


def test_content_after_the_first_deletion_is_held_by_the_second(
    alice: User, days_pass: Callable[..., None]
) -> None:
    finished(alice)
    delete_account(alice)
    days_pass(20)
    User.objects.filter(pk=alice.pk).update(is_active=True)
    second = finished(alice)
    delete_account(User.objects.get(pk=alice.pk))
    Submission.written.update(held_until=timezone.now())  # by hand: 30 days too early
    days_pass(31)
    erase_due()
    assert f"submission {second.pk} was changed" in broken()


def test_second_deletion_of_an_account_holds_nothing_erased(
    alice: User, days_pass: Callable[..., None]
) -> None:
    finished(alice)
    delete_account(alice)
    days_pass(31)
    erase_due()
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert delete_account(User.objects.get(pk=alice.pk)) is None
    assert Submission.objects.get().held_until is None
    asked = AuditEntry.objects.filter(action=Action.ERASURE_ASKED)[0]
    assert asked.data["count"] == 0
    assert broken() == ""


def test_deletion_erases_nothing_of_others(
    alice: User, bob: User, settings: Settings, days_pass: Callable[..., None]
) -> None:
    finished(bob)
    delete_account(bob)
    days_pass(31)
    settings.AUDIT_HOLD_DAYS = 0
    finished(alice)
    delete_account(alice)
    assert Submission.objects.get(user=alice).code == ""
    assert Submission.objects.get(user=bob).code == "evidence"


def test_deletion_whose_erasure_fails_is_left_to_housekeeping(
    alice: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.AUDIT_HOLD_DAYS = 0
    finished(alice)

    def fail(*_: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(erasure, "_erase_some", fail)
        delete_account(alice)
    assert "left to housekeeping" in caplog.text
    assert erase_due() == 1
    assert broken() == ""


def test_erasure_during_a_verification_is_not_called_broken(
    alice: User, days_pass: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(alice)
    chain.seal()
    delete_account(alice)
    days_pass(31)
    real = verification._batches

    def batches() -> Iterator[list[AuditEntry]]:
        erase_due()
        yield from real()

    # Private: the moment between reading the rows and the entries.
    monkeypatch.setattr(verification, "_batches", batches)
    assert broken() == ""
    assert Submission.objects.get().code == ""
