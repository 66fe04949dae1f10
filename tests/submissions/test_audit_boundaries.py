"""Where verification and retention draw the line: at a version, a moment, or the end of the chain."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from submissions.accounts.models import ApiToken
from submissions.audit import chain, retention, verification
from submissions.audit.accounts import holds
from submissions.audit.accounts.erasure import delete_account
from submissions.audit.models import Action, AuditEntry
from submissions.files.models import RunFile
from submissions.lifecycle.models import Submission
from tests.support.auditing import broken, finished
from tests.support.factories import run_with
from tests.support.present import present

pytestmark = pytest.mark.django_db

MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(("version", "is_noticed"), [(4, False), (5, True)])
def test_files_belong_to_seals_since_the_fifth_version(
    alice: User, monkeypatch: pytest.MonkeyPatch, version: int, is_noticed: bool
) -> None:
    run_with(alice, ("a.txt", b"a"), finished=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(chain, "VERSION", version)
    chain.seal()
    assert broken() == ""
    RunFile.objects.all().delete()
    assert ("files of submission" in broken()) == is_noticed


def test_account_that_closes_at_the_very_end_of_a_run_has_asked_about_it() -> None:
    end = timezone.now()
    entry = AuditEntry(data={"finished": end.isoformat()})
    early, at, late = (AuditEntry(created=end + MOMENT * n) for n in (-1, 0, 1))
    assert verification._request_about(entry, [early, at, late]) is at


def test_what_is_not_sealed_is_named_after_the_last_entry(alice: User) -> None:
    finished(alice)
    assert [one.sequence for one in verification.verify()] == [1]
    chain.seal()
    finished(alice)
    assert [one.sequence for one in verification.verify()] == [2]


def test_prune_is_of_the_version_that_names_seals(alice: User) -> None:
    finished(alice)
    retention.prune(timezone.now())
    assert AuditEntry.objects.get(action=Action.PRUNED).data["version"] == 2


def test_run_that_was_sealed_at_the_very_boundary_is_not_removed(alice: User) -> None:
    run = finished(alice)
    chain.seal()
    boundary = present(run.finished)
    Submission.written.filter(pk=run.pk).update(finished=boundary - MOMENT)
    assert retention.prune(boundary) == 0
    assert retention.prune(boundary + MOMENT) == 1


@pytest.mark.parametrize(("version", "count"), [(1, 1), (2, 0), (3, 0)])
def test_request_holds_runs_since_the_second_version(
    alice: User, monkeypatch: pytest.MonkeyPatch, version: int, count: int
) -> None:
    run = finished(alice)
    monkeypatch.setattr(holds, "VERSION", version)
    delete_account(alice)
    Submission.written.filter(pk=run.pk).update(held_until=None)
    assert retention.prune(timezone.now()) == count


def test_expired_token_is_shown_for_thirty_days(alice: User) -> None:
    for days in (29.5, 30.5):
        token, _ = ApiToken.objects.create(user=alice, name=f"{days}")
        ApiToken.objects.filter(pk=token.pk).update(expiry=timezone.now() - timedelta(days=days))
    retention.keep_house()
    assert [one.name for one in ApiToken.objects.all()] == ["29.5"]


def test_login_whose_session_has_gone_is_shown_as_long_as_a_session_may_last(
    alice: User, settings: Settings
) -> None:
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    for name, age in (("new", longest / 2), ("old", longest * 2)):
        UserSession.objects.create(user=alice, session_key=name, ip="::1")
        UserSession.objects.filter(session_key=name).update(last_seen_at=timezone.now() - age)
    retention.keep_house()
    assert [one.session_key for one in UserSession.objects.all()] == ["new"]


@pytest.mark.parametrize(("most", "count"), [(2, 0), (3, 1)])
def test_round_of_removing_files_ends_with_as_many_contradicted_runs_as_it_may_find(
    alice: User, monkeypatch: pytest.MonkeyPatch, most: int, count: int
) -> None:
    long_ago = timezone.now() - timedelta(days=40)
    old = run_with(alice, ("a.txt", b"a"), finished=long_ago)
    changed = [run_with(alice, ("a.txt", b"a"), finished=timezone.now()) for _ in range(2)]
    chain.seal()
    keys = [one.pk for one in changed]
    Submission.written.filter(pk__in=keys).update(finished=long_ago)
    RunFile.objects.update(created=long_ago)
    found = iter([keys, [old.pk], []])
    monkeypatch.setattr(retention, "_with_old_files", lambda before, staying: next(found))
    monkeypatch.setattr(retention, "CHANGED_MOST", most)
    assert retention.remove_files(timezone.now() - timedelta(days=30)) == count


def test_files_that_were_removed_in_another_order_than_sealed_verify(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And after each step others may write."""
    turns: list[float] = []
    monkeypatch.setattr(retention, "let_others_write", turns.append)
    now = timezone.now()
    for days in (8, 20):
        end = now - timedelta(days=days)
        row = run_with(alice, ("a.txt", b"a"), finished=end)
        RunFile.objects.filter(submission=row).update(created=end)
        chain.seal()
    assert [retention.remove_files(now - timedelta(days=days)) for days in (10, 7)] == [1, 1]
    assert broken() == ""
    assert len(turns) == 2
