"""Pruning: what is old goes, and the chain says so."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from submissions.audit import retention
from submissions.audit.accounts.erasure import delete_account
from submissions.audit.chain import append, seal
from submissions.audit.models import Action, AuditEntry
from submissions.audit.retention import prune
from submissions.lifecycle.models import Submission
from tests.support.auditing import finished, verify

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=400)


def test_pruning_removes_old_rows_and_is_itself_in_the_chain(alice: User) -> None:
    old = finished(alice, finished=timezone.now() - timedelta(days=40))
    young = finished(alice)
    out = io.StringIO()
    call_command("audit_prune", "--older-than", "30", stdout=out)
    assert "removed 1 submission" in out.getvalue()
    assert list(Submission.objects.all()) == [young]
    assert AuditEntry.objects.all()[0].action == Action.PRUNED
    assert AuditEntry.objects.filter(submission=old.pk).exists()
    assert verify()[1] == ""


def test_removal_by_hand_cannot_hide_behind_a_pruning(alice: User) -> None:
    for _ in range(2):
        finished(alice, finished=timezone.now() - timedelta(days=40))
    seal()
    Submission.written.filter(pk=Submission.objects.all()[0].pk).delete()
    call_command("audit_prune", "--older-than", "30", stdout=io.StringIO())
    assert "was removed" in verify()[1]


def test_run_whose_end_was_changed_is_not_removed_for_who_changed_it(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    changed, old = finished(alice), finished(alice, finished=LONG_AGO)
    seal()
    Submission.written.filter(pk=changed.pk).update(finished=LONG_AGO)
    assert prune(timezone.now() - timedelta(days=30)) == 1
    assert list(Submission.objects.all()) == [changed]
    assert not Submission.objects.filter(pk=old.pk).exists()
    assert "1 submissions stay" in caplog.text
    assert f"submission {changed.pk} was changed" in verify()[1]


def test_changed_runs_do_not_keep_others_from_being_removed(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    changed = [finished(alice) for _ in range(3)]
    old = [finished(alice, finished=LONG_AGO) for _ in range(3)]
    seal()
    first = LONG_AGO - timedelta(days=1)
    Submission.written.filter(pk__in=[one.pk for one in changed]).update(finished=first)
    monkeypatch.setattr(retention, "CHANGED_MOST", 2)
    assert prune(timezone.now() - timedelta(days=30)) == 0
    monkeypatch.undo()
    monkeypatch.setattr(retention, "BATCH", 2)
    assert prune(timezone.now() - timedelta(days=30)) == len(old)
    assert set(Submission.objects.all()) == set(changed)


def test_old_runs_are_removed_after_a_change_of_the_key(alice: User, settings: Settings) -> None:
    """Their seals can no longer be checked, and users were promised that what is old goes."""
    finished(alice, finished=LONG_AGO)
    seal()
    settings.AUDIT_KEY = "another one"
    assert prune(timezone.now() - timedelta(days=30)) == 1


def test_prune_that_names_younger_runs_hides_nothing(alice: User) -> None:
    """The chain may only say so by our own key; but then the row's end was not the sealed one."""
    run = finished(alice)
    seal()
    Submission.written.filter(pk=run.pk).delete()
    before = (timezone.now() - timedelta(days=30)).isoformat()
    append(Action.PRUNED, {"version": 2, "before": before, "count": 1, "seals": [[1, 1]]})
    assert f"submission {run.pk} was removed" in verify()[1]


@pytest.mark.parametrize(
    ("end", "days"),
    [
        ({"verdict": "ok"}, 29),
        ({"verdict": "memory_limit_exceeded"}, 89),
        ({"verdict": "ok", "evidence": {"oom_kills": 1}}, 89),
    ],
)
def test_hold_of_a_deleted_account_is_the_chains_whatever_the_row_says(
    alice: User, end: dict[str, Any], days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(alice, **end)
    delete_account(alice)
    Submission.written.filter(pk=run.pk).update(held_until=None)
    now = timezone.now()
    for later, count in ((days, 0), (days + 2, 1)):
        moment = now + timedelta(days=later)
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        assert prune(now + timedelta(days=1)) == count


def test_run_of_an_account_that_was_made_active_again_is_not_held(alice: User) -> None:
    delete_account(alice)
    run = finished(alice, finished=timezone.now() + timedelta(seconds=1))
    assert prune(timezone.now() + timedelta(days=1)) == 1
    assert not Submission.objects.filter(pk=run.pk).exists()


def test_pruning_nothing_leaves_no_entry(alice: User) -> None:
    finished(alice)
    seal()
    call_command("audit_prune", "--older-than", "30", stdout=io.StringIO())
    assert AuditEntry.objects.count() == 1
