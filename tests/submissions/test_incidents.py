"""The figures of the admin's overview: who hit which limits, and how runs ended at which time."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from submissions.audit import incidents
from submissions.audit.incidents import LIMITS, is_incident, per_part, since, totals
from submissions.audit.periods import PERIODS
from submissions.lifecycle.models import Status, Submission, Verdict
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

WEAKENED = {"experiment": "be-root", "ablation": "non-root-user"}


def made_before(submission: Submission, **ago: Any) -> None:
    Submission.written.filter(pk=submission.pk).update(created=timezone.now() - timedelta(**ago))


def per_user(days: int) -> Any:
    return incidents.per_user(since(timezone.now() - timedelta(days=days)))


def counted(slug: str, field: str = "verdict", **narrowed: Any) -> list[tuple[str, Counter[str]]]:
    now = timezone.now()
    return per_part(PERIODS[slug](now), now, field, **narrowed)


def names(rows: Any) -> Any:
    return [row["user__username"] for row in rows]


@pytest.mark.parametrize("verdict", Verdict.values)
def test_only_a_verdict_that_names_a_limit_is_an_incident(alice: User, verdict: str) -> None:
    is_limit = verdict.endswith("_limit_exceeded")
    assert is_incident(make_submission(alice, verdict=verdict)) == is_limit


@pytest.mark.parametrize(("outcome", "expected"), [("breach", True), ("contained", False)])
def test_breach_is_an_incident_whatever_its_verdict(
    alice: User, outcome: str, expected: bool
) -> None:
    submission = make_submission(alice, experiment="be-root", outcome=outcome)
    assert is_incident(submission) is expected


@pytest.mark.parametrize("limit", LIMITS)
def test_limit_is_counted_in_its_own_column(alice: User, limit: Verdict) -> None:
    make_submission(alice, verdict=limit)
    make_submission(alice)
    (row,) = per_user(30)
    assert dict(row["by_limit"]) == {**dict.fromkeys(LIMITS, 0), limit: 1}
    assert (row["runs"], row["limits"], row["experiments"]) == (2, 1, 0)


def test_limit_in_an_experiment_counts_as_an_experiment_only(alice: User) -> None:
    make_submission(alice, verdict="time_limit_exceeded", experiment="infinite-loop")
    (row,) = per_user(30)
    assert (row["runs"], row["limits"], row["experiments"]) == (1, 0, 1)
    assert sum(count for _, count in row["by_limit"]) == 0


def test_breach_of_a_weakened_sandbox_counts_as_weakened_only(alice: User, bob: User) -> None:
    make_submission(alice, outcome="breach", **WEAKENED)
    make_submission(bob, outcome="breach", experiment="be-root")
    first, second = per_user(30)
    assert (first["user__username"], first["breaches"], first["weakened"]) == ("bob", 1, 0)
    assert (second["user__username"], second["breaches"], second["weakened"]) == ("alice", 0, 1)


def test_users_are_ordered_by_breaches_then_limits_then_runs(
    alice: User, bob: User, staff: User, django_user_model: type[User]
) -> None:
    carol = django_user_model.objects.create_user("carol")
    make_submission(carol, outcome="breach", experiment="be-root")
    make_submission(bob, verdict="disk_limit_exceeded")
    for _ in range(2):
        make_submission(staff)
    make_submission(alice)
    assert names(per_user(30)) == ["carol", "bob", "staff", "alice"]


def test_run_under_way_or_before_the_period_is_not_counted(alice: User, bob: User) -> None:
    make_submission(alice, status=Status.RUNNING)
    made_before(make_submission(bob), days=30, minutes=1)
    assert per_user(30) == []
    assert all(not counts for _, counts in counted("30", status=Status.RUNNING))
    made_before(Submission.objects.get(user=bob), days=29, hours=23)
    assert names(per_user(30)) == ["bob"]


def test_totals_are_the_sums_of_the_users(alice: User, bob: User) -> None:
    make_submission(alice, verdict="time_limit_exceeded")
    make_submission(bob, outcome="breach", experiment="be-root")
    make_submission(bob, outcome="breach", **WEAKENED)
    assert totals(since(timezone.now() - timedelta(days=1))) == {
        **{"users": 2, "runs": 3, "limits": 1, "experiments": 2, "weakened": 1, "breaches": 1}
    }


@pytest.mark.parametrize("slug", ["7", "30", "90"])
def test_every_day_of_the_period_is_listed_oldest_first(alice: User, slug: str) -> None:
    made_before(make_submission(alice), days=2)
    for verdict in ("ok", "ok", "runtime_error"):
        make_submission(alice, verdict=verdict)
    found = counted(slug)
    today = timezone.now().date()
    days = [today - timedelta(days=ago) for ago in reversed(range(int(slug)))]
    assert [day for day, _ in found] == [f"{day}" for day in days]
    assert [counts for _, counts in found[-3:]] == [{"ok": 1}, {}, {"ok": 2, "runtime_error": 1}]
    assert not any(counts for _, counts in found[:-3])


def test_lesson_is_listed_by_five_minutes_to_the_present_ones() -> None:
    now = datetime(2026, 11, 26, 10, 3, 59, tzinfo=UTC)
    period = PERIODS["lesson"](now)
    parts = [period.name_of(part) for part in period.parts(now)]
    assert (len(parts), parts[0], parts[-1]) == (18, "08:35", "10:00")


def test_run_is_counted_in_its_five_minutes(alice: User) -> None:
    now = datetime(2026, 11, 26, 10, 3, 59, tzinfo=UTC)
    for at in ("09:59:59.999999", "10:00:00", "10:03:59"):
        moment = datetime.fromisoformat(f"2026-11-26T{at}+00:00")
        make_submission(alice, created=moment)
    found = dict(per_part(PERIODS["lesson"](now), now, "verdict"))
    assert (found["09:55"], found["10:00"]) == ({"ok": 1}, {"ok": 2})


def test_lesson_after_midnight_includes_the_evening_before() -> None:
    now = datetime(2026, 11, 26, 0, 10, tzinfo=UTC)
    assert PERIODS["lesson"](now).start == datetime(2026, 11, 25, 22, 45, tzinfo=UTC)


def test_today_begins_at_midnight_utc() -> None:
    now = datetime(2026, 11, 26, 0, 10, tzinfo=UTC)
    period = PERIODS["today"](now)
    assert [period.name_of(part) for part in period.parts(now)] == ["00:00", "00:05", "00:10"]


def test_empty_values_and_what_is_narrowed_away_are_left_out(alice: User) -> None:
    make_submission(alice)
    make_submission(alice, experiment="be-root", outcome="contained")
    make_submission(alice, outcome="breach", **WEAKENED)
    found = counted("7", "outcome", ablation="")
    assert found[-1][1] == {"contained": 1}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is SQLite's")
@pytest.mark.parametrize("what", ["users", "parts", "totals"])
def test_figures_are_read_from_an_index_without_programs_and_outputs(
    alice: User, what: str
) -> None:
    make_submission(alice)
    figures: dict[str, Callable[[], object]] = {
        "users": lambda: per_user(90),
        "parts": lambda: counted("90"),
        "totals": lambda: totals(since(timezone.now())),
    }
    with CaptureQueriesContext(connection) as captured:
        figures[what]()
    [query] = [one["sql"] for one in captured if "submissions_submission" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        plan = " ".join(row[-1] for row in cursor.fetchall())
    assert "COVERING INDEX submission_overview" in plan
