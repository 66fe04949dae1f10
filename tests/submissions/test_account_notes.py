"""Who may do what, under which name: each change is in the chain, with its author."""

import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.utils import timezone

from submissions import account_notes, audit
from submissions.models import Action, AuditEntry, Submission
from tests.factories import make_submission

from ..conftest import PASSWORD

pytestmark = pytest.mark.django_db


def broken():
    """The sentence with which audit_verify fails; empty if the chain holds."""
    try:
        call_command("audit_verify", stdout=io.StringIO())
    except CommandError as error:
        return str(error)
    return ""


def noted(user):
    """What the account's entries say was changed, and by whom, from the first on."""
    entries = AuditEntry.objects.filter(action=Action.ACCOUNT, data__user=user.pk)
    return [(one.data["changed"], one.data["by"]) for one in entries.order_by("sequence")]


def change(client, user, **fields):
    """The admin's form of an account; what is not said is as it is for an ordinary user."""
    form = {"username": user.username, "is_active": "on"}
    times = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    values = {name: value for name, value in {**form, **times, **fields}.items() if value}
    answer = client.post(f"/admin/auth/user/{user.pk}/change/", values)
    assert answer.status_code == 302, answer.content.decode()


@pytest.fixture
def admin(staff, as_user):
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
def test_change_in_the_admin_is_an_entry_with_its_author(alice, staff, admin, fields, changed):
    change(admin, alice)
    change(admin, alice, **fields)
    assert noted(alice)[1:] == [([changed], staff.pk)]
    assert broken() == ""


def test_grant_of_groups_and_permissions_is_an_entry(alice, staff, admin):
    group, right = Group.objects.create(name="teachers"), Permission.objects.first()
    group.permissions.add(right)
    change(admin, alice)
    change(admin, alice, groups=[group.pk], user_permissions=[right.pk])
    assert noted(alice)[1:] == [(["groups", "permissions"], staff.pk)]
    name = f"{right.content_type.app_label}.{right.codename}"
    entry = AuditEntry.objects.filter(action=Action.ACCOUNT).first()
    assert entry.data["groups"] == {"teachers": [name]}
    assert entry.data["permissions"] == [name]
    assert broken() == ""


def test_permission_of_a_group_is_an_entry_of_each_member(alice, bob, staff, admin):
    group = Group.objects.create(name="teachers")
    alice.groups.add(group)
    account_notes.note(alice, by=staff)
    right = Permission.objects.first()
    address = f"/admin/auth/group/{group.pk}/change/"
    admin.post(address, {"name": "teachers", "permissions": [right.pk]})
    admin.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
    assert noted(alice)[1:] == [(["groups"], staff.pk)] * 2
    assert noted(bob) == []
    assert broken() == ""


def test_account_made_in_the_admin_is_an_entry(admin, staff):
    fields = {"username": "carol", "password1": PASSWORD, "password2": PASSWORD}
    admin.post("/admin/auth/user/add/", {**fields, "usable_password": "true"})
    assert [by for _, by in noted(User.objects.get(username="carol"))] == [staff.pk]


def test_saving_without_a_change_leaves_no_entry(alice, admin):
    change(admin, alice)
    change(admin, alice)
    assert len(noted(alice)) == 1


def test_account_removed_in_the_admin_is_an_entry(alice, admin, staff):
    change(admin, alice)
    admin.post(f"/admin/auth/user/{alice.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert noted(alice)[1:] == [(["removed"], staff.pk)]
    assert broken() == ""


def test_account_that_worked_in_the_admin_is_not_removed_with_its_log(
    alice, bob, admin, as_user, django_user_model
):
    bob.is_staff = bob.is_superuser = True
    bob.save()
    change(as_user(bob), alice)
    assert admin.post(f"/admin/auth/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [bob.pk], "post": "yes"}
    admin.post("/admin/auth/user/", data)
    assert User.objects.filter(pk=bob.pk).exists()
    assert LogEntry.objects.filter(user=bob).exists()


def test_entries_hold_no_name(alice, admin):
    change(admin, alice, username="malice")
    assert "malice" not in str(list(AuditEntry.objects.values_list("data", flat=True)))


@pytest.mark.parametrize(
    ("values", "changed"),
    [({"is_superuser": True}, "is_superuser"), ({"username": "x"}, "name")],
)
def test_noted_account_that_is_changed_in_the_database_is_named(alice, staff, values, changed):
    account_notes.note(alice, by=staff)
    User.objects.filter(pk=alice.pk).update(**values)
    assert f"account {alice.pk} was changed: {changed}" in broken()


def test_noted_account_that_is_removed_from_the_database_is_named(alice, staff):
    account_notes.note(alice, by=staff)
    User.objects.filter(pk=alice.pk).delete()
    assert f"account {alice.pk} was removed" in broken()


def test_owner_who_is_renamed_in_the_database_is_named(alice):
    make_submission(alice, finished=timezone.now())
    audit.seal()
    assert broken() == ""
    User.objects.filter(pk=alice.pk).update(username="bob")
    assert f"account {alice.pk} ran under another name" in broken()


def test_owner_who_is_renamed_in_the_admin_is_not_called_broken(alice, admin):
    make_submission(alice, finished=timezone.now())
    audit.seal()
    change(admin, alice, username="alicia")
    assert broken() == ""


def test_name_under_which_a_program_ran_is_sealed(alice):
    submission = make_submission(alice, finished=timezone.now())
    audit.seal()
    Submission.objects.filter(pk=submission.pk).update(username="bob")
    assert f"submission {submission.pk} was changed" in broken()


def test_name_is_stored_with_each_submission(alice, as_user):
    as_user(alice).post(
        "/run", {"code": "1"}, content_type="application/json", headers={"Prefer": "respond-async"}
    )
    assert Submission.objects.get().username == "alice"


def test_rights_that_were_given_past_the_admin_are_found(alice, bob, staff, caplog):
    assert account_notes.note_found() == 1  # staff, made by a command
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    bob.user_permissions.add(Permission.objects.first())
    assert account_notes.note_found() == 2
    assert account_notes.note_found() == 0
    assert [by for _, by in noted(alice)] == [None]
    assert f"account {alice.pk}: found changed" in caplog.text
    User.objects.filter(pk=alice.pk).update(is_staff=False)
    assert account_notes.note_found() == 1
    assert broken() == ""


def test_admins_log_is_sealed_and_what_goes_from_it_is_named(alice, admin):
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


def test_long_log_is_sealed_to_its_end_and_once(alice, staff, monkeypatch):
    monkeypatch.setattr(account_notes, "LOOK_BACK", 4)
    monkeypatch.setattr(account_notes, "BATCH", 3)
    for _ in range(10):
        LogEntry.objects.create(user=staff, action_flag=2, object_repr="x", change_message="[]")
    assert [account_notes.seal_admin_log() for _ in range(5)] == [3, 3, 3, 1, 0]
    logs = AuditEntry.objects.filter(action=Action.ADMIN_LOG).values_list("data__log", flat=True)
    assert sorted(logs) == sorted(LogEntry.objects.values_list("pk", flat=True))
    assert broken() == ""
