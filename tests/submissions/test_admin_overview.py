"""The admin's start page: the service, the chain, the figures of a period, and links that filter."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from submissions.audit import chain, verification, verifying
from submissions.audit.models import AuditEntry, Verification
from submissions.files import sessions
from submissions.lifecycle.models import Submission
from tests.support.clients import ApiClient, AsUser
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = pytest.mark.django_db

OVERVIEW = "/admin/"
VERIFY = "/admin/verify/"
MOST_QUERIES = 25
"""Twice what the page needs; they do not grow with the rows."""


def page_of(client: ApiClient, **query: Any) -> str:
    answer = client.get(OVERVIEW, query)
    assert answer.status_code == 200
    return answer.content.decode()


def attack(user: User, slug: str = "memory-bomb", **over: Any) -> Submission:
    return make_submission(user, **{"experiment": slug, "outcome": "contained", **over})


def sealed_run(user: User) -> Submission:
    made = make_submission(user, finished=timezone.now())
    chain.seal()
    return made


@pytest.fixture
def admin(staff: User, as_user: AsUser) -> ApiClient:
    return as_user(staff)


@pytest.fixture
def watcher(bob: User, as_user: AsUser) -> ApiClient:
    """Return staff who may open the admin and nothing in it."""
    bob.is_staff = True
    bob.save()
    return as_user(bob)


def test_counts_of_limits_leave_out_the_lab_and_link_to_the_runs(
    alice: User, bob: User, admin: ApiClient
) -> None:
    for _ in range(3):
        make_submission(alice, verdict="time_limit_exceeded")
    attack(bob, verdict="memory_limit_exceeded")
    page = page_of(admin)
    [link] = re.findall(r'<a href="([^"]*time_limit_exceeded[^"]*)">3</a>', page)
    runs = admin.get(unescape(link)).content.decode()
    assert len(re.findall('class="field-shown_created', runs)) == 3
    assert "verdict__exact=memory_limit_exceeded" not in page


@pytest.mark.parametrize(
    ("made", "filters"),
    [
        ({"experiment": "fork-bomb", "outcome": "contained"}, "experiment=any"),
        ({"experiment": "fork-bomb", "outcome": "breach"}, "outcome__exact=breach"),
        ({"experiment": "fork-bomb", "ablation": "seccomp"}, "weakened=yes"),
    ],
)
def test_lab_runs_breaches_and_weakened_runs_are_links_that_filter(
    alice: User, admin: ApiClient, made: dict[str, Any], filters: str
) -> None:
    make_submission(alice, **made)
    make_submission(alice)
    links = [unescape(link) for link in re.findall(r'href="([^"]*\?[^"]*)"', page_of(admin))]
    [link] = [link for link in links if filters in link]
    assert len(re.findall('class="field-shown_created', admin.get(link).content.decode())) == 1


def test_charts_have_no_script_and_no_style(alice: User, admin: ApiClient) -> None:
    attack(alice)
    attack(alice, outcome="breach")
    attack(alice, outcome="breach", ablation="seccomp")
    make_submission(alice, verdict="disk_limit_exceeded")
    today = timezone.now().date().isoformat()
    page = page_of(admin)
    assert f"<title>{today}: 3 OK</title>" in page
    assert f"<title>{today}: 1 Stopped by a limit</title>" in page
    assert f"<title>{today}: 1 Contained</title>" in page
    assert f"<title>{today}: 1 Breach</title>" in page  # the weakened one is no surprise
    for chart in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        assert "style" not in chart
        assert "<script" not in chart


def test_table_beside_a_chart_has_each_limit(alice: User, admin: ApiClient) -> None:
    make_submission(alice, verdict="disk_limit_exceeded")
    numbers = present(
        re.search(r"<details><summary>Numbers.*?</details>", page_of(admin), re.DOTALL)
    )[0]
    assert "Disk limit exceeded" in numbers


@pytest.mark.parametrize("period", ["lesson", "today", "7", "30", "90", "", "x", "-1"])
def test_old_runs_are_in_no_period(alice: User, admin: ApiClient, period: str) -> None:
    made = make_submission(alice, verdict="time_limit_exceeded")
    type(made).written.filter(pk=made.pk).update(created=timezone.now() - timedelta(days=99))
    assert "Nobody has run anything" in page_of(admin, period=period)


def test_run_of_a_moment_ago_is_in_the_chart_of_a_lesson(alice: User, admin: ApiClient) -> None:
    make_submission(alice)
    page = page_of(admin, period="lesson")
    assert re.search(r"<title>\d\d:\d[05]: 1 OK</title>", page)


def test_start_page_needs_as_many_queries_for_many_rows(
    alice: User, bob: User, admin: ApiClient
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(admin)
        return len(captured)

    make_submission(alice)
    few = queries()
    for user in (alice, bob):
        for _ in range(20):
            make_submission(user, verdict="time_limit_exceeded")
    assert queries() == few <= MOST_QUERIES


def test_start_page_reads_no_program(alice: User, admin: ApiClient) -> None:
    make_submission(alice)
    with CaptureQueriesContext(connection) as captured:
        page_of(admin)
    assert not [one for one in captured if '."code"' in one["sql"] or '."stdout"' in one["sql"]]


def test_latest_hash_of_the_chain_is_shown(alice: User, admin: ApiClient) -> None:
    sealed_run(alice)
    assert AuditEntry.objects.get().hash in page_of(admin)


def test_chain_that_holds_is_shown_as_intact(alice: User, admin: ApiClient, staff: User) -> None:
    sealed_run(alice)
    assert "Never verified" in page_of(admin)
    assert admin.post(VERIFY).status_code == 302
    page = page_of(admin)
    assert "Intact" in page
    assert "All 1 entries hold" in page
    assert Verification.objects.get().by == staff


def test_first_fault_of_a_broken_chain_is_shown(alice: User, admin: ApiClient) -> None:
    made = sealed_run(alice)
    Submission.written.filter(pk=made.pk).update(code="changed")
    admin.post(VERIFY)
    page = page_of(admin)
    assert "Broken" in page
    assert f"at entry 1: submission {made.pk} was changed" in page
    assert not Verification.objects.get().is_complete


def test_verification_that_is_out_of_time_says_how_far_it_came(
    alice: User, staff: User, admin: ApiClient
) -> None:
    sealed_run(alice)
    verifying.verify_now(staff, seconds=-1)
    page = page_of(admin)
    assert "Out of time" in page
    assert "Intact" not in page


def test_verification_says_nothing_of_entries_that_came_meanwhile(
    alice: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_run(alice)
    last_part = sessions.compared

    def compared() -> Any:
        sealed_run(alice)
        return last_part()

    monkeypatch.setattr(sessions, "compared", compared)
    made = verifying.verify_now(staff)
    assert (made.reached, made.is_complete) == (1, True)


@pytest.mark.parametrize("what", ["session", "submission"])
def test_verification_is_out_of_time_in_its_last_part_too(
    alice: User, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions of many users are hundreds of megabytes."""
    if what == "session":
        monkeypatch.setattr(sessions, "compared", lambda: iter([(Mock(), False)]))
    else:
        make_submission(alice, finished=timezone.now() - timedelta(hours=1))
    moments = iter([0.0] * (2 if what == "session" else 1))
    monkeypatch.setattr(verification, "monotonic", lambda: next(moments, 2.0))
    with pytest.raises(verification.OutOfTime):
        list(verification.verify(until=1.0))


@pytest.mark.parametrize("begun", [1_000_000_020.0, 1_000_000_049.9])
def test_verifications_are_half_a_minute_apart(
    alice: User, admin: ApiClient, begun: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may take twenty seconds of a thread and of the database."""
    sealed_run(alice)

    def page_after(seconds: float) -> str:
        monkeypatch.setattr(verifying, "time", lambda: begun + seconds)
        return admin.post(VERIFY, follow=True).content.decode()

    assert "Try again in" not in page_after(0)
    assert "Try again in 30 s" in page_after(0.2)
    assert "Try again in 1 s" in page_after(29.5)
    assert "Try again in" not in page_after(30)
    assert "Try again in 30 s" in page_after(30.1)
    assert Verification.objects.count() == 2
    assert "Try again in" not in page_after(-3600)  # the clock was set back
    assert "Try again in 30 s" in page_after(-3600)


def test_verification_by_the_command_is_shown_too(
    alice: User, admin: ApiClient, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed_run(alice)
    call_command("audit_verify")
    assert "Intact" in page_of(admin)


def test_verification_needs_a_post_and_the_permission(
    alice: User, admin: ApiClient, watcher: ApiClient, bob: User
) -> None:
    sealed_run(alice)
    assert admin.get(VERIFY).status_code == 405
    assert watcher.post(VERIFY).status_code == 403
    assert not Verification.objects.exists()
    bob.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
    assert watcher.post(VERIFY).status_code == 302
    assert Verification.objects.exists()


def test_permission_to_see_entries_shows_nothing_of_runs_and_people(
    alice: User, watcher: ApiClient, bob: User
) -> None:
    made = sealed_run(alice)
    bob.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
    page = watcher.get("/admin/submissions/auditentry/").content.decode()
    assert str(made.pk)[:8] in page
    assert "(removed)" not in page
    assert "alice" not in page
    assert "badge ok" not in page


def test_permission_to_see_runs_suggests_no_names(
    alice: User, watcher: ApiClient, bob: User
) -> None:
    bob.user_permissions.add(Permission.objects.get(codename="view_submission"))
    address = "/admin/submissions/submission/"
    assert "alice" not in watcher.get(address).content.decode()
    bob.user_permissions.add(Permission.objects.get(codename="view_user"))
    assert "alice" in watcher.get(address).content.decode()


def test_permission_to_see_people_shows_no_sessions(
    alice: User, watcher: ApiClient, bob: User
) -> None:
    bob.user_permissions.add(Permission.objects.get(codename="view_user"))
    address = f"/admin/people/{alice.pk}/"
    assert "Sessions" not in watcher.get(address).content.decode()
    bob.user_permissions.add(Permission.objects.get(codename="view_usersession"))
    assert "Sessions" in watcher.get(address).content.decode()


def test_staff_without_permissions_see_no_figures(alice: User, watcher: ApiClient) -> None:
    make_submission(alice, verdict="time_limit_exceeded")
    page = page_of(watcher)
    assert "alice" not in page
    assert "Verify now" not in page
