"""Freezing an account: nothing of it works, its user reads why, and the chain has it."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.test import Client

from submissions.accounts.models import ApiToken, Freeze
from submissions.audit import chain
from submissions.audit.accounts import account_notes
from submissions.audit.accounts.erasure import delete_account
from submissions.audit.accounts.freezing import freeze, unfreeze
from submissions.audit.models import Action, AuditEntry
from submissions.lifecycle.models import Status, Submission, Verdict
from tests.support.auditing import broken
from tests.support.clients import ASYNC, PASSWORD, ApiClient, AsUser, log_in, post_async
from tests.support.factories import make_submission
from tests.support.teachers import make_teacher
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.django_db

FREEZE, UNFREEZE = "/admin/people/freeze/", "/admin/people/unfreeze/"
REASON = "You ran a fork bomb forty times."
SLEEPS = "import time; time.sleep(600)"
SENTENCES = f"Your account is frozen: {REASON} Ask the people who run this site."


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def desk(teacher: User, as_user: AsUser) -> ApiClient:
    return as_user(teacher)


def test_frozen_user_reads_the_reason_after_the_right_password(
    alice: User, desk: ApiClient
) -> None:
    answer = desk.post(FREEZE, {"people": alice.pk, "reason": REASON})
    assert answer.status_code == 302
    page = log_in(Client(), "alice", PASSWORD)
    assert page.status_code == 403
    assert SENTENCES in page.content.decode()


def test_wrong_password_of_a_frozen_account_is_answered_as_that_of_no_account(
    alice: User, teacher: User
) -> None:
    freeze(alice, reason=REASON, by=teacher)
    pages = [log_in(Client(), name, "wrong") for name in ("alice", "nobody")]
    texts = [page.content.decode().replace("alice", "nobody") for page in pages]
    without_tokens = [re.sub(r'value="[^"]{64}"', "", text) for text in texts]
    assert without_tokens[0] == without_tokens[1]
    assert [page.status_code for page in pages] == [200, 200]
    assert "frozen" not in texts[0]


def test_reason_of_a_frozen_account_is_text(alice: User, teacher: User) -> None:
    freeze(alice, reason="<script>alert(1)</script>", by=teacher)
    page = log_in(Client(), "alice", PASSWORD).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("method", ["basic", "token"])
def test_client_of_a_frozen_account_gets_the_reason(
    alice: User,
    teacher: User,
    client: Client,
    basic: Callable[[str, str], dict[str, str]],
    token_of: Callable[..., dict[str, str]],
    method: str,
) -> None:
    headers = basic("alice", PASSWORD) if method == "basic" else token_of(alice)
    assert client.get("/api/", headers=headers).status_code == 200
    freeze(alice, reason=REASON, by=teacher)
    answer = client.get("/api/", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["detail"] == SENTENCES
    assert answer.json()["code"] == "account_frozen"


def test_client_with_a_wrong_password_is_told_nothing_of_a_frozen_account(
    alice: User, teacher: User, client: Client, basic: Callable[[str, str], dict[str, str]]
) -> None:
    freeze(alice, reason=REASON, by=teacher)
    answer = client.get("/api/", headers=basic("alice", "wrong"))
    assert answer.status_code == 401
    assert "frozen" not in answer.content.decode()


def test_session_of_a_frozen_account_is_no_login_any_more_even_after_it(
    alice: User, desk: ApiClient
) -> None:
    client = Client()
    log_in(client, "alice", PASSWORD)
    assert client.get("/submissions/").status_code == 200
    desk.post(FREEZE, {"people": alice.pk, "reason": REASON})
    assert client.get("/submissions/").status_code == 302
    desk.post(UNFREEZE, {"people": alice.pk})
    assert client.get("/submissions/").status_code == 302
    assert log_in(client, "alice", PASSWORD).status_code == 302
    assert client.get("/submissions/").status_code == 200


def test_queued_runs_of_a_frozen_account_are_cancelled(
    alice: User, bob: User, desk: ApiClient
) -> None:
    for user in (alice, alice, alice, bob):  # no worker is notified of these
        make_submission(user, status=Status.QUEUED, verdict="")
    desk.post(FREEZE, {"people": alice.pk, "reason": REASON})
    assert set(Submission.objects.filter(user=alice).values_list("verdict", flat=True)) == {
        Verdict.CANCELLED
    }
    assert Submission.objects.get(user=bob).status == Status.QUEUED


@pytest.mark.docker
@pytest.mark.usefixtures("long_runs", "patient_cancel")
def test_program_that_runs_is_stopped_when_its_account_is_frozen(
    transactional_db: None, running_dispatcher: None, alice: User, desk: ApiClient, as_user: AsUser
) -> None:
    post_async(as_user(alice), SLEEPS, ASYNC)
    eventually(lambda: Submission.objects.filter(status=Status.RUNNING).exists())
    desk.post(FREEZE, {"people": alice.pk, "reason": REASON})
    eventually(lambda: Submission.objects.filter(verdict=Verdict.CANCELLED).exists())


def test_frozen_account_stores_no_run(
    alice: User, teacher: User, client: Client, token_of: Callable[..., dict[str, str]]
) -> None:
    bearer = token_of(alice)
    freeze(alice, reason=REASON, by=teacher)
    assert post_async(client, headers=bearer | ASYNC).status_code == 403
    assert not Submission.objects.exists()


def test_many_accounts_are_frozen_from_the_list_with_one_reason(
    alice: User, bob: User, desk: ApiClient
) -> None:
    chosen = {"action": "freeze_selected", "_selected_action": [alice.pk, bob.pk]}
    page = desk.post("/admin/auth/user/", chosen).content.decode()
    assert "Freeze 2 accounts" in page
    desk.post(FREEZE, {"people": [alice.pk, bob.pk], "reason": REASON})
    assert Freeze.objects.filter(ended=None, reason=REASON).count() == 2
    listed = desk.get("/admin/auth/user/", {"state": "frozen"}).content.decode()
    assert listed.count(">Frozen</span>") == 2


@pytest.mark.parametrize("reason", ["", " ", "x" * 301])
def test_freeze_without_a_fitting_reason_is_asked_for_it(
    alice: User, desk: ApiClient, reason: str
) -> None:
    answer = desk.post(FREEZE, {"people": alice.pk, "reason": reason})
    assert answer.status_code == 400
    assert "Reason" in answer.content.decode()
    assert not Freeze.objects.exists()
    assert User.objects.get(pk=alice.pk).is_active


def test_teacher_freezes_neither_staff_nor_themselves(
    staff: User, teacher: User, desk: ApiClient
) -> None:
    for user in (staff, teacher):
        assert desk.post(FREEZE, {"people": user.pk, "reason": REASON}).status_code == 403
    assert not Freeze.objects.exists()


def test_superuser_does_not_freeze_themselves(staff: User, as_user: AsUser) -> None:
    """There may be nobody else to undo it."""
    answer = as_user(staff).post(FREEZE, {"people": staff.pk, "reason": REASON})
    assert answer.status_code == 403
    assert not Freeze.objects.exists()


def test_superuser_freezes_other_staff(staff: User, teacher: User, as_user: AsUser) -> None:
    as_user(staff).post(FREEZE, {"people": teacher.pk, "reason": REASON})
    assert Freeze.objects.get().user == teacher


@pytest.mark.docker
@pytest.mark.usefixtures("long_runs", "patient_cancel")
def test_program_that_runs_is_stopped_when_its_account_is_made_inactive(
    transactional_db: None,
    running_dispatcher: None,
    alice: User,
    staff: User,
    as_user: AsUser,
) -> None:
    post_async(as_user(alice), SLEEPS, ASYNC)
    eventually(lambda: Submission.objects.filter(status=Status.RUNNING).exists())
    begun = time.monotonic()
    as_user(staff).post(f"/admin/auth/user/{alice.pk}/change/", {"username": "alice"})
    eventually(lambda: Submission.objects.filter(verdict=Verdict.CANCELLED).exists())
    # Waiting for the end within the form's transaction would take all of END_SECONDS.
    assert time.monotonic() - begun < PATIENCE_SECONDS


def test_teacher_cannot_unfreeze_staff(
    staff: User, teacher: User, desk: ApiClient, django_user_model: type[User]
) -> None:
    other = django_user_model.objects.create_user("other", is_staff=True)
    freeze(other, reason=REASON, by=staff)
    assert desk.post(UNFREEZE, {"people": other.pk}).status_code == 403
    assert Freeze.objects.get().ended is None


def test_teacher_cannot_unfreeze_what_a_superuser_froze(
    alice: User, staff: User, teacher: User, desk: ApiClient, as_user: AsUser
) -> None:
    freeze(alice, reason=REASON, by=staff)
    page = f"/admin/people/{alice.pk}/"
    assert "Unfreeze" not in desk.get(page).content.decode()
    assert desk.post(UNFREEZE, {"people": alice.pk}).status_code == 403
    assert "Unfreeze" in as_user(staff).get(page).content.decode()
    assert as_user(staff).post(UNFREEZE, {"people": alice.pk}).status_code == 302
    assert Freeze.objects.get().ended is not None


def test_staff_without_the_permission_freeze_nobody(
    alice: User, bob: User, as_user: AsUser
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_user"))
    client = as_user(bob)
    for address in (FREEZE, UNFREEZE):
        assert client.post(address, {"people": alice.pk, "reason": REASON}).status_code == 403
    assert "Freeze" not in client.get(f"/admin/people/{alice.pk}/").content.decode()
    assert not Freeze.objects.exists()


def test_freezing_needs_a_form_of_the_site(alice: User, teacher: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(teacher)
    assert client.post(FREEZE, {"people": alice.pk, "reason": REASON}).status_code == 403
    assert client.get(FREEZE).status_code == 405


@pytest.mark.parametrize("people", ["", "x", "-1", "9" * 30, "1' OR 1=1"])
def test_freezing_nobody_that_exists_freezes_nobody(
    alice: User, desk: ApiClient, people: str
) -> None:
    assert desk.post(FREEZE, {"people": people, "reason": REASON}).status_code in {302, 400}
    assert not Freeze.objects.exists()


def test_freeze_and_its_end_are_entries_with_their_author(alice: User, teacher: User) -> None:
    freeze(alice, reason=REASON, by=teacher)
    unfreeze(alice, by=teacher)
    entries = AuditEntry.objects.filter(action=Action.ACCOUNT, data__user=alice.pk)
    first, second = entries.order_by("sequence")
    assert {first.data["by"], second.data["by"]} == {teacher.pk}
    assert first.data["frozen"]
    assert second.data["changed"] == ["is_active", "frozen"]
    assert REASON not in str([first.data, second.data])
    messages = LogEntry.objects.filter(user=teacher).order_by("pk")
    assert [one.get_change_message() for one in messages] == ["Frozen.", "Unfrozen."]
    assert broken() == ""


def test_reason_that_is_changed_in_the_database_is_named(alice: User, teacher: User) -> None:
    freeze(alice, reason=REASON, by=teacher)
    assert broken() == ""
    Freeze.objects.update(reason="something else")
    assert f"account {alice.pk} was changed: frozen" in broken()


def test_entry_from_before_there_was_freezing_still_holds(alice: User, staff: User) -> None:
    account_notes.note(alice, by=staff)
    old = AuditEntry.objects.get()
    assert old.data.pop("frozen") == ""
    AuditEntry.written.all().delete()
    chain.append(Action.ACCOUNT, old.data)
    assert account_notes.note(alice, by=staff) == 0
    assert broken() == ""


def test_account_is_frozen_once(alice: User, teacher: User) -> None:
    assert freeze(alice, reason=REASON, by=teacher)
    assert not freeze(alice, reason="again", by=teacher)
    assert Freeze.objects.get().reason == REASON
    assert unfreeze(alice, by=teacher)
    assert not unfreeze(alice, by=teacher)


def test_account_made_active_in_its_form_is_not_frozen_any_more(
    alice: User, staff: User, as_user: AsUser
) -> None:
    freeze(alice, reason=REASON, by=staff)
    form = {"username": "alice", "is_active": "on"}
    as_user(staff).post(f"/admin/auth/user/{alice.pk}/change/", form)
    assert Freeze.objects.get().ended_by == staff
    assert log_in(Client(), "alice", PASSWORD).status_code == 302
    assert broken() == ""


def test_reasons_go_with_a_deleted_account(alice: User, teacher: User) -> None:
    freeze(alice, reason=REASON, by=teacher)
    unfreeze(alice, by=teacher)
    alice.refresh_from_db()
    delete_account(alice)
    assert not Freeze.objects.exists()
    assert broken() == ""


@pytest.mark.parametrize("is_deleted", [False, True], ids=["closed by staff", "deleted"])
def test_teacher_cannot_reopen_an_account_by_freezing_it(
    alice: User, desk: ApiClient, is_deleted: bool
) -> None:
    """Only an active account can be frozen, and only a frozen one unfrozen."""
    if is_deleted:
        delete_account(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    desk.post(FREEZE, {"people": alice.pk, "reason": REASON})
    desk.post(UNFREEZE, {"people": alice.pk})
    assert not User.objects.get(pk=alice.pk).is_active
    assert not Freeze.objects.exists()
    assert broken() == ""


def test_teacher_revokes_tokens_of_students_only(
    alice: User, staff: User, teacher: User, desk: ApiClient
) -> None:
    """A teacher must not cut off the programs of those who run the site."""
    codes = {}
    for user in (alice, staff, teacher):
        token, _ = ApiToken.objects.create(user=user, name="t")
        address = f"/admin/submissions/apitoken/{quote(token.pk)}/delete/"
        codes[user] = desk.post(address, {"post": "yes"}).status_code
    assert codes == {alice: 302, staff: 403, teacher: 302}
    assert [one.user for one in ApiToken.objects.all()] == [staff]


def test_second_factor_of_staff_is_removed_by_a_superuser_only(
    alice: User, staff: User, teacher: User, desk: ApiClient, as_user: AsUser
) -> None:
    teacher.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_authenticator", "delete_authenticator"])
    )
    addresses = {
        user: f"/admin/mfa/authenticator/{make_factor(user).pk}/delete/" for user in (alice, staff)
    }
    assert desk.post(addresses[staff], {"post": "yes"}).status_code == 403
    assert desk.post(addresses[alice], {"post": "yes"}).status_code == 302
    assert as_user(staff).post(addresses[staff], {"post": "yes"}).status_code == 302


def make_factor(user: User) -> Any:
    return Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})


def test_person_has_the_reason_and_the_way_back(
    alice: User, teacher: User, desk: ApiClient
) -> None:
    freeze(alice, reason=REASON, by=teacher)
    page = desk.get(f"/admin/people/{alice.pk}/").content.decode()
    assert REASON in page
    assert "Unfreeze" in page


def test_person_has_what_changed_but_not_for_the_first_entry(
    alice: User, teacher: User, desk: ApiClient
) -> None:
    account_notes.note(alice, by=teacher)
    freeze(alice, reason=REASON, by=teacher)
    page = desk.get(f"/admin/people/{alice.pk}/").content.decode()
    assert re.findall(r"Entry \d+: ([^<]+?)\s*<", page) == [
        "changed active, frozen",
        "the account&#x27;s state, for the first time",
    ]
