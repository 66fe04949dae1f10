"""Accounts with very many runs: closed at once, their runs held in steps, by housekeeping."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from submissions.audit import chain, retention
from submissions.audit.accounts import holds
from submissions.audit.accounts.erasure import delete_account
from submissions.audit.models import Action, AuditEntry, Closing
from submissions.lifecycle.models import Submission
from tests.support.auditing import broken
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.streams import stream_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "MARKED_AT_ONCE", 4)
    monkeypatch.setattr(holds, "BATCH", 2)


def finished(user: User, **over: Any) -> Submission:
    return make_submission(user, **{"finished": timezone.now(), **over})


def days_of(row: Submission) -> int:
    row.refresh_from_db()
    return round((present(row.held_until) - timezone.now()) / timedelta(days=1))


def test_runs_are_held_as_those_of_any_account(alice: User, bob: User) -> None:
    kept = finished(bob)
    rows = [finished(alice) for _ in range(5)]
    bad = finished(alice, verdict="memory_limit_exceeded")
    last = delete_account(alice)
    assert not Submission.objects.exclude(held_until=None).exists()
    assert round((present(last) - timezone.now()) / timedelta(days=1)) == 90
    retention.keep_house()
    assert [days_of(row) for row in rows] == [30] * 5
    assert days_of(bad) == 90
    assert not Closing.objects.exists()
    kept.refresh_from_db()
    assert kept.held_until is None
    assert AuditEntry.objects.get(action=Action.ERASURE_ASKED).data["user"] == alice.pk
    assert broken() == ""


def test_few_runs_are_held_in_the_transaction_that_closes_the_account(alice: User) -> None:
    rows = [finished(alice) for _ in range(4)]
    delete_account(alice)
    assert [days_of(row) for row in rows] == [30] * 4
    assert not Closing.objects.exists()


def test_retention_removes_none_before_they_are_held(alice: User) -> None:
    for _ in range(5):
        finished(alice, finished=timezone.now() - timedelta(days=100))
    chain.seal()
    delete_account(alice)
    assert retention.prune(timezone.now() - timedelta(days=90)) == 0
    assert Submission.objects.count() == 5
    assert broken() == ""


def test_second_request_changes_no_hold_of_the_first(alice: User, settings: Settings) -> None:
    """Not even if the first has yet to be worked through."""
    first = [finished(alice) for _ in range(5)]
    delete_account(alice)
    User.objects.filter(pk=alice.pk).update(is_active=True)
    second = finished(alice)
    settings.AUDIT_HOLD_DAYS = 3
    delete_account(alice)
    retention.keep_house()
    assert [days_of(row) for row in first] == [30] * 5
    assert days_of(second) == 3
    assert not Closing.objects.exists()


def test_content_is_in_no_export_before_it_is_held(
    alice: User, staff: User, as_user: AsUser
) -> None:
    for _ in range(5):
        finished(alice, code="evidence")
    delete_account(alice)
    answer = as_user(staff).get("/admin/submissions/submission/export/json/")
    text = b"".join(stream_of(answer))
    assert text.count(b'"python"') == 5
    assert b"evidence" not in text


def test_erasure_after_the_hold_verifies(alice: User, settings: Settings) -> None:
    settings.AUDIT_HOLD_DAYS = settings.AUDIT_HOLD_INCIDENT_DAYS = 0
    for _ in range(5):
        finished(alice, code="evidence")
    chain.seal()
    delete_account(alice)
    retention.keep_house()
    assert not Submission.objects.filter(code="evidence").exists()
    assert broken() == ""


def test_work_that_was_cut_off_is_done_by_the_next_round(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [finished(alice) for _ in range(5)]
    delete_account(alice)

    def cut_off(began: float) -> float:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(holds, "let_others_write", cut_off)
        with pytest.raises(SystemExit):
            holds.finish()
    assert Submission.objects.exclude(held_until=None).count() == 2
    holds.finish()
    assert [days_of(row) for row in rows] == [30] * 5


def test_runs_of_an_account_that_was_made_active_again_are_its_own(
    alice: User, as_user: AsUser
) -> None:
    for _ in range(5):
        finished(alice)
    delete_account(alice)
    User.objects.filter(pk=alice.pk).update(is_active=True)
    new = finished(alice)
    retention.keep_house()
    back = as_user(User.objects.get(pk=alice.pk))
    listed = back.get("/api/submissions/").json()["results"]
    assert [row["id"] for row in listed] == [str(new.pk)]
