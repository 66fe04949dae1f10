"""Share links: made on purpose, impossible to guess, in the audit, and gone when their run is."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from submissions.audit import retention, verification
from submissions.audit.accounts import shares
from submissions.audit.accounts.erasure import delete_account
from submissions.audit.models import Action, AuditEntry
from submissions.lifecycle.errors import NotFinished, TooManyLinks
from submissions.lifecycle.models import Status, Submission
from submissions.sharing.links import opened, secret_of
from submissions.sharing.models import ShareLink
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = pytest.mark.django_db


def make_link(user: User, *, days: int = 7, named: bool = False, **over: Any) -> ShareLink:
    submission = make_submission(user, **{"finished": timezone.now(), **over})
    return shares.share(user, submission, days=days, named=named)


def entries() -> Any:
    return [entry.data for entry in AuditEntry.objects.of(Action.SHARED).order_by("sequence")]


def test_link_opens_its_run(alice: User) -> None:
    link = make_link(alice)
    found = present(opened(secret_of(link)))
    assert found.submission == link.submission
    assert link.expires - timezone.now() < timedelta(days=7)


def test_address_is_long_random_and_not_in_the_database(alice: User) -> None:
    first, second = make_link(alice), make_link(alice)
    random, signature = secret_of(first).split(".")
    assert (len(random), len(signature)) == (22, 43)  # 128 and 256 bits, six a character
    assert secret_of(first) != secret_of(second)
    assert signature not in str(list(ShareLink.objects.values()))


@pytest.mark.parametrize(
    "change",
    [
        lambda secret: "",
        lambda secret: secret.partition(".")[0],
        lambda secret: secret[:-1],
        lambda secret: f"x{secret}",
        lambda secret: secret.upper(),
        lambda secret: f"{secret}\n",
        lambda secret: "é" + secret[1:],
        lambda secret: secret + "a" * 3000,
    ],
)
def test_wrong_address_opens_nothing_and_asks_no_database(
    alice: User, change: Callable[..., Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    secret = secret_of(make_link(alice))
    with django_assert_num_queries(0):
        assert opened(change(secret)) is None


def test_address_is_of_the_site_that_signed_it(alice: User, settings: Settings) -> None:
    secret = secret_of(make_link(alice))
    settings.SECRET_KEY = "another key" * 4
    assert opened(secret) is None


def test_link_opens_nothing_after_its_end(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    link = make_link(alice, days=1)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(hours=23))
    assert opened(secret_of(link))
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(hours=25))
    assert opened(secret_of(link)) is None


def test_revoked_link_opens_nothing_and_cannot_be_revoked_twice(alice: User) -> None:
    link = make_link(alice)
    assert shares.revoke(link)
    assert opened(secret_of(link)) is None
    assert not shares.revoke(link)
    assert [entry["what"] for entry in entries()] == ["made", "revoked"]


def test_making_and_revoking_are_in_the_chain_without_the_address(alice: User) -> None:
    link = make_link(alice, named=True)
    shares.revoke(link)
    made, revoked = entries()
    assert made == {
        "version": 1,
        "what": "made",
        "user": alice.pk,
        "submission": str(link.submission_id),
        "key": link.key[:8],
        "named": True,
        "expires": link.expires.isoformat(),
    }
    assert revoked == {**made, "what": "revoked"}
    assert list(verification.verify()) == []


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_unfinished_run_is_not_shared(alice: User, status: Status) -> None:
    with pytest.raises(NotFinished):
        make_link(alice, status=status)


def test_user_has_a_bounded_number_of_live_links(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "LINKS_PER_USER", 2)
    first, _ = make_link(alice), make_link(alice)
    with pytest.raises(TooManyLinks):
        make_link(alice)
    make_link(bob)
    shares.revoke(first)
    last = make_link(alice)
    ShareLink.objects.filter(key=last.key).update(expires=timezone.now())
    make_link(alice)


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_do_not_pass_the_bound(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "LINKS_PER_USER", 3)
    made = []

    def make() -> None:
        try:
            made.append(make_link(alice))
        except TooManyLinks:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == ShareLink.objects.count() == 3


def test_links_of_a_deleted_account_are_gone_at_once(alice: User) -> None:
    secret = secret_of(make_link(alice))
    delete_account(alice)
    assert opened(secret) is None
    assert not ShareLink.objects.exists()
    assert Submission.objects.exists()


def test_links_of_a_frozen_account_open_nothing_until_it_is_active(alice: User) -> None:
    secret = secret_of(make_link(alice))
    alice.is_active = False
    alice.save()
    assert opened(secret) is None
    alice.is_active = True
    alice.save()
    assert opened(secret)


@pytest.mark.parametrize("mark", ["held_until", "erased"])
def test_hidden_run_is_not_shown_by_a_link(alice: User, mark: str) -> None:
    link = make_link(alice)
    Submission.written.filter(pk=link.submission_id).update(**{mark: timezone.now()})
    assert opened(secret_of(link)) is None


def test_retention_removes_links_with_their_runs_and_expired_ones(alice: User) -> None:
    old = make_link(alice, finished=timezone.now() - timedelta(days=91))
    expired, live = make_link(alice), make_link(alice)
    ShareLink.objects.filter(key=expired.key).update(expires=timezone.now())
    retention.keep_house()
    assert list(ShareLink.objects.all()) == [live]
    assert not Submission.objects.filter(pk=old.submission_id).exists()
    assert list(verification.verify()) == []


def test_sharing_can_be_turned_off(alice: User, settings: Settings) -> None:
    secret = secret_of(make_link(alice))
    settings.SHARE_DAYS = 0
    assert opened(secret) is None
