"""Rights and names of accounts: each change is in the chain, with its author."""

import logging
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from submissions.audit import chain
from submissions.audit.accounts import account_notes
from submissions.audit.accounts.erasure import delete_account
from submissions.audit.models import Action, AuditEntry
from submissions.lifecycle.models import Submission
from tests.support.auditing import broken
from tests.support.clients import PASSWORD, ApiClient, AsUser
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

LISTED = re.compile(r"IN \((\d[^)]*)\)")
"""Return the numbers in a statement."""


def noted(user: User) -> Any:
    """Return the changes and authors in the account's entries, oldest first."""
    entries = AuditEntry.objects.filter(action=Action.ACCOUNT, data__user=user.pk)
    return [(one.data["changed"], one.data["by"]) for one in entries.order_by("sequence")]


def change(client: ApiClient, user: User, **fields: Any) -> None:
    """Post the admin's form of an account; the defaults are those of an ordinary user."""
    form = {"username": user.username, "is_active": "on"}
    times = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    values = {name: value for name, value in {**form, **times, **fields}.items() if value}
    answer = client.post(f"/admin/auth/user/{user.pk}/change/", values)
    assert answer.status_code == 302, answer.content.decode()


@pytest.fixture
def admin(staff: User, as_user: AsUser) -> ApiClient:
    return as_user(staff)


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"username": "malice"}, "name"),
        ({"is_active": ""}, "is_active"),
        ({"is_staff": "on"}, "is_staff"),
        ({"is_superuser": "on"}, "is_superuser"),
    ],
)
def test_change_in_the_admin_is_an_entry_with_its_author(
    alice: User, staff: User, admin: ApiClient, fields: dict[str, Any], changed: str
) -> None:
    change(admin, alice)
    change(admin, alice, **fields)
    assert noted(alice)[1:] == [([changed], staff.pk)]
    assert broken() == ""


def test_grant_of_groups_and_permissions_is_an_entry(
    alice: User, staff: User, admin: ApiClient
) -> None:
    group, right = (
        Group.objects.create(name="teachers"),
        Permission.objects.get(codename="view_submission"),
    )
    group.permissions.add(right)
    change(admin, alice)
    change(admin, alice, groups=[group.pk], user_permissions=[right.pk])
    assert noted(alice)[1:] == [(["groups", "permissions"], staff.pk)]
    name = f"{right.content_type.app_label}.{right.codename}"
    entry = AuditEntry.objects.filter(action=Action.ACCOUNT)[0]
    assert entry.data["groups"] == {"teachers": [name]}
    assert entry.data["permissions"] == [name]
    assert broken() == ""


def test_permission_of_a_group_is_an_entry_of_each_member(
    alice: User, bob: User, staff: User, admin: ApiClient
) -> None:
    group = Group.objects.create(name="teachers")
    alice.groups.add(group)
    account_notes.note(alice, by=staff)
    right = Permission.objects.get(codename="view_submission")
    address = f"/admin/auth/group/{group.pk}/change/"
    admin.post(address, {"name": "teachers", "permissions": [right.pk]})
    admin.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
    assert noted(alice)[1:] == [(["groups"], staff.pk)] * 2
    assert noted(bob) == []
    assert broken() == ""


def test_account_made_in_the_admin_is_an_entry(admin: ApiClient, staff: User) -> None:
    fields = {"username": "carol", "password1": PASSWORD, "password2": PASSWORD}
    admin.post("/admin/auth/user/add/", {**fields, "usable_password": "true"})
    assert [by for _, by in noted(User.objects.get(username="carol"))] == [staff.pk]


def test_saving_without_a_change_leaves_no_entry(alice: User, admin: ApiClient) -> None:
    change(admin, alice)
    change(admin, alice)
    assert len(noted(alice)) == 1


def test_account_removed_in_the_admin_is_an_entry(
    alice: User, admin: ApiClient, staff: User
) -> None:
    change(admin, alice)
    admin.post(f"/admin/auth/user/{alice.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert noted(alice)[1:] == [(["removed"], staff.pk)]
    assert broken() == ""


def test_account_that_worked_in_the_admin_is_not_removed_with_its_log(
    alice: User, bob: User, admin: ApiClient, as_user: AsUser, django_user_model: type[User]
) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    change(as_user(bob), alice)
    assert admin.post(f"/admin/auth/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [bob.pk], "post": "yes"}
    admin.post("/admin/auth/user/", data)
    assert User.objects.filter(pk=bob.pk).exists()
    assert LogEntry.objects.filter(user=bob).exists()


def test_entries_hold_no_name(alice: User, admin: ApiClient) -> None:
    change(admin, alice, username="malice")
    assert "malice" not in str(list(AuditEntry.objects.values_list("data", flat=True)))


@pytest.mark.parametrize(
    ("values", "changed"),
    [({"is_superuser": True}, "is_superuser"), ({"username": "x"}, "name")],
)
def test_noted_account_that_is_changed_in_the_database_is_named(
    alice: User, staff: User, values: dict[str, Any], changed: str
) -> None:
    account_notes.note(alice, by=staff)
    User.objects.filter(pk=alice.pk).update(**values)
    assert f"account {alice.pk} was changed: {changed}" in broken()


def test_noted_account_that_is_removed_from_the_database_is_named(alice: User, staff: User) -> None:
    account_notes.note(alice, by=staff)
    User.objects.filter(pk=alice.pk).delete()
    assert f"account {alice.pk} was removed" in broken()


def test_owner_who_is_renamed_in_the_database_is_named(alice: User) -> None:
    make_submission(alice, finished=timezone.now())
    chain.seal()
    assert broken() == ""
    User.objects.filter(pk=alice.pk).update(username="bob")
    assert f"account {alice.pk} ran under another name" in broken()


def test_owner_who_is_renamed_in_the_admin_is_not_called_broken(
    alice: User, admin: ApiClient
) -> None:
    make_submission(alice, finished=timezone.now())
    chain.seal()
    change(admin, alice, username="alicia")
    assert broken() == ""


def test_name_under_which_a_program_ran_is_sealed(alice: User) -> None:
    submission = make_submission(alice, finished=timezone.now())
    chain.seal()
    Submission.written.filter(pk=submission.pk).update(username="bob")
    assert f"submission {submission.pk} was changed" in broken()


def test_name_is_stored_with_each_submission(alice: User, as_user: AsUser) -> None:
    as_user(alice).post(
        "/run", {"code": "1"}, content_type="application/json", headers={"Prefer": "respond-async"}
    )
    assert Submission.objects.get().username == "alice"


def test_rights_that_were_given_past_the_admin_are_found(
    alice: User, bob: User, staff: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)  # a worker's own level is higher
    assert account_notes.note_found() == 1  # staff, made by a command
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    bob.user_permissions.add(Permission.objects.get(codename="view_submission"))
    assert account_notes.note_found() == 2
    assert account_notes.note_found() == 0
    assert [by for _, by in noted(alice)] == [None]
    assert f"account {alice.pk}: found changed" in caplog.text
    User.objects.filter(pk=alice.pk).update(is_staff=False)
    assert account_notes.note_found() == 1
    assert broken() == ""


def test_admins_log_is_sealed_and_what_goes_from_it_is_named(alice: User, admin: ApiClient) -> None:
    change(admin, alice, is_staff="on")
    change(admin, alice)
    assert account_notes.seal_admin_log() == 2
    assert account_notes.seal_admin_log() == 0
    assert broken() == ""
    first, second = LogEntry.objects.order_by("pk")
    LogEntry.objects.filter(pk=second.pk).update(change_message="[]")
    assert f"entry {second.pk} of the admin's log was changed" in broken()
    LogEntry.objects.filter(pk=first.pk).delete()
    assert f"entry {first.pk} of the admin's log was removed" in broken()


def test_change_in_the_admin_during_the_look_is_noted_once(
    alice: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_notes.note(alice, by=staff)
    account_notes.note(staff, by=staff)
    real = account_notes._with_rights
    changes: list[str] = []

    def with_rights() -> QuerySet[User, User]:
        if not changes:
            changes.append("done")
            User.objects.filter(pk=alice.pk).update(is_staff=True)
            account_notes.note(alice, by=staff)
        return real()

    # Private: the moment between reading the notes and the accounts.
    monkeypatch.setattr(account_notes, "_with_rights", with_rights)
    assert account_notes.note_found() == 0
    assert noted(alice)[1:] == [(["is_staff"], staff.pk)]


def test_change_in_the_admin_during_a_verification_is_not_called_broken(
    alice: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_notes.note(alice, by=staff)
    real = account_notes._with_rights
    changes: list[str] = []

    def with_rights() -> QuerySet[User, User]:
        if not changes:
            changes.append("done")
            User.objects.filter(pk=alice.pk).update(is_staff=True)
            account_notes.note(alice, by=staff)
        return real()

    # Private: the moment between reading the notes and the accounts.
    monkeypatch.setattr(account_notes, "_with_rights", with_rights)
    assert broken() == ""
    assert noted(alice)[1:] == [(["is_staff"], staff.pk)]


def test_deleted_account_without_rights_leaves_the_sealer_no_work(alice: User) -> None:
    delete_account(alice)
    assert noted(alice) == []
    assert account_notes.note_found() == 0
    assert broken() == ""


def test_deleted_account_with_rights_is_noted_and_not_looked_at_again(
    bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    account_notes.note_found()
    delete_account(bob)
    assert noted(bob)[1:] == [(["name", "is_active", "is_staff"], bob.pk)]
    looked_at = []
    real = account_notes.state_of

    def state_of(user: User) -> dict[str, Any]:
        looked_at.append(user.pk)
        return real(user)

    monkeypatch.setattr(account_notes, "state_of", state_of)
    assert account_notes.note_found() == 0
    assert bob.pk not in looked_at
    assert broken() == ""


def test_deleted_account_that_gets_rights_or_is_changed_is_found(bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    account_notes.note_found()
    delete_account(bob)
    User.objects.filter(pk=bob.pk).update(is_active=True)
    assert f"account {bob.pk} was changed: is_active" in broken()
    User.objects.filter(pk=bob.pk).update(is_superuser=True)
    assert account_notes.note_found() == 1
    assert noted(bob)[-1] == (["is_active", "is_superuser"], None)
    assert broken() == ""


def test_accounts_are_looked_at_in_batches(
    django_user_model: type[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL takes 65,535 parameters in a statement."""
    monkeypatch.setattr(account_notes, "BATCH", 5)
    for n in range(12):
        django_user_model.objects.create_user(f"u{n}", is_staff=True)
    assert account_notes.note_found() == 12
    User.objects.update(is_active=False)
    with CaptureQueriesContext(connection) as captured:
        assert account_notes.note_found() == 12
    listed = [len(ids.split(",")) for query in captured for ids in LISTED.findall(query["sql"])]
    assert max(listed) == 5
    assert broken() == ""


def test_permission_of_a_large_group_is_appended_at_once(
    django_user_model: type[User], admin: ApiClient
) -> None:
    group = Group.objects.create(name="teachers")
    for n in range(30):
        django_user_model.objects.create_user(f"u{n}").groups.add(group)
    account_notes.note_found()
    right = Permission.objects.get(codename="view_submission")
    address = f"/admin/auth/group/{group.pk}/"
    before = AuditEntry.objects.count()
    with CaptureQueriesContext(connection) as captured:
        admin.post(f"{address}change/", {"name": "teachers", "permissions": [right.pk]})
        admin.post(f"{address}delete/", {"post": "yes"})
    appends = [one for one in captured if 'INSERT INTO "submissions_auditentry"' in one["sql"]]
    assert (len(appends), AuditEntry.objects.count() - before) == (2, 60)
    assert broken() == ""
