"""Files go before their runs do, and the chain knows which removals were right."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from executor import File
from submissions.audit import chain, retention, verification
from submissions.audit.accounts.erasure import delete_account
from submissions.audit.models import Action, AuditEntry
from submissions.files import store
from submissions.files.models import RunFile
from submissions.lifecycle.models import Status, Submission
from tests.support.auditing import broken
from tests.support.factories import run_with

pytestmark = pytest.mark.django_db


def ended(user: User, days: float, **over: Any) -> Submission:
    """Make a run with a file, which ended that many days ago."""
    end = timezone.now() - timedelta(days=days)
    row = run_with(user, ("a.txt", b"evidence"), **{"finished": end, **over})
    RunFile.objects.filter(submission=row).update(created=end)
    return row


def with_files() -> set[Any]:
    return set(RunFile.objects.values_list("submission", flat=True))


@pytest.fixture
def days_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Move the service's clock on."""
    real = timezone.now

    def move(days: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days))

    return move


def test_files_are_kept_for_seven_days_and_their_runs_for_longer(alice: User) -> None:
    young, old = ended(alice, 6), ended(alice, 8)
    retention.keep_house()
    assert with_files() == {young.pk}
    old.refresh_from_db()
    assert [file["name"] for file in old.files_out or ()] == ["a.txt"]
    entry = AuditEntry.objects.get(action=Action.FILES_REMOVED)
    assert (entry.data["version"], entry.data["count"], len(entry.data["seals"])) == (1, 1, 1)
    assert broken() == ""


def test_files_stay_as_long_as_their_runs_if_the_setting_is_zero(
    alice: User, settings: Settings
) -> None:
    settings.FILES_RETENTION_DAYS = 0
    kept, _ = ended(alice, 89), ended(alice, 91)
    retention.keep_house()
    assert with_files() == {kept.pk}
    assert broken() == ""


def test_files_go_in_small_steps_that_verify(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "FILES_BATCH", 2)
    for user in (alice, bob, alice):
        ended(user, 9)
    kept = ended(bob, 1)
    assert retention.remove_files(timezone.now() - timedelta(days=7)) == 3
    counts = AuditEntry.objects.filter(action=Action.FILES_REMOVED).values_list("data__count")
    assert sorted(count for (count,) in counts) == [1, 2]
    assert with_files() == {kept.pk}
    assert broken() == ""


def test_files_of_a_run_that_still_waits_are_kept_however_old(alice: User) -> None:
    sent = [File(name="a", content=b"1")]
    row = ended(alice, 30, status=Status.QUEUED, finished=None, files_in=store.described(sent))
    retention.keep_house()
    assert with_files() == {row.pk}


def test_files_of_a_run_without_a_seal_are_kept(alice: User) -> None:
    row = ended(alice, 30, seal_pending=False)
    retention.remove_files(timezone.now() - timedelta(days=7))
    assert with_files() == {row.pk}
    chain.mark_forgotten()
    retention.remove_files(timezone.now() - timedelta(days=7))
    assert with_files() == set()
    assert broken() == ""


def test_files_of_a_closed_account_are_kept_for_its_hold(
    alice: User, days_pass: Callable[[float], None]
) -> None:
    row = ended(alice, 1)
    delete_account(alice)
    days_pass(29)
    retention.keep_house()
    assert with_files() == {row.pk}
    days_pass(31)
    retention.keep_house()
    assert with_files() == set()
    row.refresh_from_db()
    assert row.files_out is None
    assert broken() == ""


def test_run_that_is_removed_takes_its_files_with_it(alice: User) -> None:
    ended(alice, 5)
    retention.prune(timezone.now() - timedelta(days=4))
    assert not RunFile.objects.exists()
    assert not Submission.objects.exists()
    assert broken() == ""


# --- By hand, in the database ---


def forge(row: Submission, how: str) -> None:
    files = RunFile.objects.filter(submission=row)
    if how == "removed":
        files.delete()
    elif how == "changed":
        files.update(content=b"harmless")
    elif how == "moved":
        files.update(position=1)
        store.add_made(row.pk, 1, 0, b"harmless")
    else:
        store.add_made(row.pk, 1, 1, b"one more")


@pytest.mark.parametrize("how", ["removed", "changed", "moved", "added"])
def test_file_that_is_not_as_it_was_is_named(alice: User, how: str) -> None:
    row = ended(alice, 1)
    chain.seal()
    assert broken() == ""
    forge(row, how)
    assert f"files of submission {row.pk} were changed or removed" in broken()


def test_file_that_was_sent_is_checked_too(alice: User) -> None:
    sent = [File(name="a", content=b"1")]
    row = ended(alice, 1, files_in=store.described(sent))
    store.add_sent([(row.pk, sent)])
    chain.seal()
    assert broken() == ""
    RunFile.objects.filter(attempt=store.SENT).update(content=b"2")
    assert "were changed or removed" in broken()


def test_description_that_was_changed_is_named(alice: User) -> None:
    row = ended(alice, 1)
    chain.seal()
    Submission.written.filter(pk=row.pk).update(files_out=[])
    assert f"submission {row.pk} was changed" in broken()


def test_removal_by_hand_is_not_covered_by_an_entry_before_the_seal(alice: User) -> None:
    data = {"version": 1, "before": timezone.now().isoformat(), "count": 1, "seals": [[2, 2]]}
    chain.append(Action.FILES_REMOVED, data)
    row = ended(alice, 1)
    chain.seal()
    forge(row, "removed")
    assert "were changed or removed" in broken()


def test_removal_of_files_covers_no_change_of_the_row(alice: User) -> None:
    row = ended(alice, 9)
    retention.remove_files(timezone.now() - timedelta(days=7))
    Submission.written.filter(pk=row.pk).update(stdout="harmless")
    assert f"submission {row.pk} was changed" in broken()


def test_removal_during_a_verification_is_not_called_broken(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(alice, 9)
    chain.seal()
    real = verification._batches

    def batches() -> Iterator[list[AuditEntry]]:
        retention.remove_files(timezone.now() - timedelta(days=7))
        yield from real()

    # Private: the moment between reading the removals and the entries.
    monkeypatch.setattr(verification, "_batches", batches)
    assert broken() == ""
    assert not RunFile.objects.exists()


def test_files_of_a_run_whose_end_was_changed_stay(alice: User) -> None:
    changed, old = ended(alice, 1), ended(alice, 9)
    chain.seal()
    long_ago = timezone.now() - timedelta(days=10)
    Submission.written.filter(pk=changed.pk).update(finished=long_ago)
    RunFile.objects.filter(submission=changed).update(created=long_ago)
    retention.keep_house()
    assert with_files() == {changed.pk}
    assert not RunFile.objects.filter(submission=old).exists()
    assert f"submission {changed.pk} was changed" in broken()
