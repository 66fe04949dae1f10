"""What is old goes by itself, in small steps, by one process, and the chain names it."""

from collections.abc import Iterator
from datetime import timedelta
from time import time
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import Settings

from submissions.accounts.models import ApiToken
from submissions.audit import chain, housekeeper, retention, verification
from submissions.audit.accounts.erasure import delete_account
from submissions.audit.housekeeper import Housekeeper
from submissions.audit.models import Action, AuditEntry
from submissions.lifecycle.idempotency import IdempotencyKey
from submissions.lifecycle.models import Batch, BatchEntry, Submission
from submissions.quotas.models import Counter
from tests.support.auditing import broken
from tests.support.factories import make_submission
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db


def finished(user: User, days: int, **over: Any) -> Submission:
    return make_submission(user, finished=timezone.now() - timedelta(days=days), **over)


def test_runs_are_kept_for_ninety_days_by_default(alice: User) -> None:
    young, _ = finished(alice, 89), finished(alice, 91)
    retention.keep_house()
    assert list(Submission.objects.all()) == [young]
    assert broken() == ""


def test_retention_of_no_days_keeps_everything(alice: User, settings: Settings) -> None:
    settings.RETENTION_DAYS = 0
    finished(alice, 5000)
    retention.keep_house()
    assert Submission.objects.exists()


def test_run_that_ended_at_the_very_boundary_is_kept(alice: User) -> None:
    boundary = timezone.now() - timedelta(days=30)
    at, before = (
        make_submission(alice, finished=boundary - timedelta(microseconds=n)) for n in (0, 1)
    )
    assert retention.prune(boundary) == 1
    assert list(Submission.objects.all()) == [at]
    assert broken() == ""
    assert not Submission.objects.filter(pk=before.pk).exists()


def test_many_are_removed_in_small_steps_that_verify(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    for days in (50, 40, 60, 45, 41, 70, 55):  # sealed in one order, removed in another
        finished(alice, days)
        chain.seal()
    finished(alice, 1)
    assert retention.prune(timezone.now() - timedelta(days=30)) == 7
    prunes = AuditEntry.objects.filter(action=Action.PRUNED).order_by("sequence")
    assert [prune.data["count"] for prune in prunes] == [3, 3, 1]
    assert broken() == ""


def test_removal_by_hand_between_two_prunes_is_named(alice: User) -> None:
    finished(alice, 60)
    by_hand = finished(alice, 40)
    retention.prune(timezone.now() - timedelta(days=50))
    Submission.written.filter(pk=by_hand.pk).delete()
    retention.prune(timezone.now() - timedelta(days=30))
    assert "broken at entry 2: submission" in broken()


def test_removal_is_not_covered_by_a_prune_before_its_seal(alice: User) -> None:
    """A prune says what it removed, so it comes after the seal; one that came before covers nothing."""
    data = {"version": 2, "before": timezone.now().isoformat(), "count": 1, "seals": [[2, 2]]}
    chain.append(Action.PRUNED, data)
    by_hand = finished(alice, 60)
    chain.seal()
    Submission.written.filter(pk=by_hand.pk).delete()
    assert "broken at entry 2: submission" in broken()


def test_prunes_of_the_first_version_still_verify(alice: User) -> None:
    for _ in range(2):
        finished(alice, 60)
    chain.seal()
    Submission.written.all().delete()
    before = (timezone.now() - timedelta(days=30)).isoformat()
    chain.append(Action.PRUNED, {"before": before, "count": 2})
    assert broken() == ""


def test_prune_of_the_first_version_with_another_count_is_named(alice: User) -> None:
    for _ in range(2):
        finished(alice, 60)
    chain.seal()
    Submission.written.all().delete()
    before = (timezone.now() - timedelta(days=30)).isoformat()
    chain.append(Action.PRUNED, {"before": before, "count": 1})
    assert "1 were pruned and 2 are missing" in broken()


def test_removal_is_not_covered_by_an_earlier_prune_of_version_one(alice: User) -> None:
    before = timezone.now().isoformat()
    chain.append(Action.PRUNED, {"before": before, "count": 1})
    by_hand = finished(alice, 60)
    chain.seal()
    Submission.written.filter(pk=by_hand.pk).delete()
    assert "broken at entry 2: submission" in broken()


@pytest.mark.parametrize("minutes", [0, 1])
def test_prune_of_the_first_version_covers_what_ended_before_its_boundary(
    alice: User, minutes: int
) -> None:
    end = timezone.now() - timedelta(days=60)
    gone = make_submission(alice, finished=end)
    chain.seal()
    Submission.written.filter(pk=gone.pk).delete()
    before = end + timedelta(minutes=minutes)
    chain.append(Action.PRUNED, {"before": before.isoformat(), "count": minutes})
    assert ("was removed" in broken()) == (minutes == 0)


@pytest.mark.parametrize(
    ("sequences", "ranges"),
    [([], []), ([5], [[5, 5]]), ([1, 2, 3, 7, 9, 10], [[1, 3], [7, 7], [9, 10]])],
)
def test_seals_are_named_by_ranges(sequences: list[int], ranges: list[list[int]]) -> None:
    assert retention.ranges_of(sequences) == ranges


def test_batch_goes_with_the_last_of_its_submissions(alice: User) -> None:
    batches = [Batch.objects.create(user=alice) for _ in range(2)]
    for batch, days in ((batches[0], 60), (batches[1], 60), (batches[1], 1)):
        BatchEntry.objects.create(batch=batch, submission=finished(alice, days), position=days)
    retention.prune(timezone.now() - timedelta(days=30))
    assert list(Batch.objects.all()) == [batches[1]]


def test_expired_rows_are_removed_and_others_stay(alice: User) -> None:
    now = timezone.now()
    for past in (True, False):
        end = now + timedelta(days=-99 if past else 99)
        Session.objects.create(session_key=f"s{past}", session_data="", expire_date=end)
        ApiToken.objects.create(user=alice, name=f"t{past}", expiry=None)
        ApiToken.objects.filter(name=f"t{past}").update(expiry=end)
        UserSession.objects.create(user=alice, session_key=f"s{past}", ip="::1")
        UserSession.objects.filter(session_key=f"s{past}").update(last_seen_at=end)
        IdempotencyKey.objects.create(
            user=alice, key=f"k{past}", digest="", submission=finished(alice, 1)
        )
        IdempotencyKey.objects.filter(key=f"k{past}").update(created=end)
        Counter.objects.create(key=f"c{past}", value=1, expires=end.timestamp())
    retention.keep_house()
    assert [one.session_key for one in Session.objects.all()] == ["sFalse"]
    assert [one.name for one in ApiToken.objects.all()] == ["tFalse"]
    assert [one.session_key for one in UserSession.objects.all()] == ["sFalse"]
    assert [one.key for one in IdempotencyKey.objects.all()] == ["kFalse"]
    assert [one.key for one in Counter.objects.all()] == ["cFalse"]


def test_content_whose_hold_has_ended_goes_with_the_rest(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(alice, 1, code="evidence")
    delete_account(alice)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=31))
    retention.keep_house()
    assert Submission.objects.get().code == ""


@pytest.mark.django_db(transaction=True)
def test_serving_process_removes_old_runs(alice: User) -> None:
    old = finished(alice, 91)
    keeper = Housekeeper()
    keeper.start()
    eventually(lambda: not Submission.objects.filter(pk=old.pk).exists())
    keeper.stop()


def test_one_process_a_round_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    # Called directly: work that another process did leaves the second one nothing to show.
    assert housekeeper.claim_round()
    assert not housekeeper.claim_round()
    later = time() + housekeeper.ROUND_SECONDS
    monkeypatch.setattr(housekeeper, "time", lambda: later)
    assert housekeeper.claim_round()


def test_session_that_was_renewed_stays_on_its_owners_page(alice: User) -> None:
    """It is last seen at the login, and lives on with each renewal."""
    now = timezone.now()
    Session.objects.create(session_key="s", session_data="", expire_date=now + timedelta(days=1))
    UserSession.objects.create(user=alice, session_key="s", ip="::1")
    UserSession.objects.update(last_seen_at=now - timedelta(days=60))
    retention.keep_house()
    assert UserSession.objects.exists()
    Session.objects.all().delete()
    retention.keep_house()
    assert not UserSession.objects.exists()


@pytest.mark.parametrize(("retention_days", "hold_days"), [(90, 90), (7, 30)])
def test_retention_does_not_end_a_hold(
    alice: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    retention_days: int,
    hold_days: int,
) -> None:
    settings.RETENTION_DAYS = retention_days
    over = {"outcome": "breach", "experiment": "x"} if hold_days == 90 else {}
    finished(alice, retention_days - 1, code="evidence", **over)
    delete_account(alice)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=hold_days - 1))
    retention.keep_house()
    assert retention.prune(timezone.now()) == 0
    assert Submission.objects.get().code == "evidence"
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=hold_days + 1))
    retention.keep_house()
    assert not Submission.objects.exists()
    assert broken() == ""


def test_prune_during_a_verification_is_not_called_broken(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        finished(alice, 60)
    chain.seal()
    real = verification._batches

    def batches() -> Iterator[list[AuditEntry]]:
        retention.prune(timezone.now())
        yield from real()

    # Private: the moment between reading the rows and the entries.
    monkeypatch.setattr(verification, "_batches", batches)
    assert broken() == ""
    assert not Submission.objects.exists()
