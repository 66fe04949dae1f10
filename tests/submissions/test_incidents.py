"""The figures of the admin's overview: who hit which limits, and how runs ended on which day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from submissions.audit.incidents import LIMITS, is_incident, per_day, per_user
from submissions.lifecycle.models import Status, Submission, Verdict
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

WEAKENED = {"experiment": "be-root", "ablation": "non-root-user"}


def made_before(submission, **ago):
    Submission.written.filter(pk=submission.pk).update(created=timezone.now() - timedelta(**ago))


def names(rows):
    return [row["user__username"] for row in rows]


@pytest.mark.parametrize("verdict", Verdict.values)
def test_only_a_verdict_that_names_a_limit_is_an_incident(alice, verdict):
    is_limit = verdict.endswith("_limit_exceeded")
    assert is_incident(make_submission(alice, verdict=verdict)) == is_limit


@pytest.mark.parametrize(("outcome", "expected"), [("breach", True), ("contained", False)])
def test_breach_is_an_incident_whatever_its_verdict(alice, outcome, expected):
    submission = make_submission(alice, experiment="be-root", outcome=outcome)
    assert is_incident(submission) is expected


@pytest.mark.parametrize("limit", LIMITS)
def test_limit_is_counted_in_its_own_column(alice, limit):
    make_submission(alice, verdict=limit)
    make_submission(alice)
    (row,) = per_user(30)
    assert dict(row["by_limit"]) == {**dict.fromkeys(LIMITS, 0), limit: 1}
    assert (row["runs"], row["limits"], row["experiments"]) == (2, 1, 0)


def test_limit_in_an_experiment_counts_as_an_experiment_only(alice):
    make_submission(alice, verdict="time_limit_exceeded", experiment="infinite-loop")
    (row,) = per_user(30)
    assert (row["runs"], row["limits"], row["experiments"]) == (1, 0, 1)
    assert sum(count for _, count in row["by_limit"]) == 0


def test_breach_of_a_weakened_sandbox_counts_as_weakened_only(alice, bob):
    make_submission(alice, outcome="breach", **WEAKENED)
    make_submission(bob, outcome="breach", experiment="be-root")
    first, second = per_user(30)
    assert (first["user__username"], first["breaches"], first["weakened"]) == ("bob", 1, 0)
    assert (second["user__username"], second["breaches"], second["weakened"]) == ("alice", 0, 1)


def test_users_are_ordered_by_breaches_then_limits_then_runs(alice, bob, staff, django_user_model):
    carol = django_user_model.objects.create_user("carol")
    make_submission(carol, outcome="breach", experiment="be-root")
    make_submission(bob, verdict="disk_limit_exceeded")
    for _ in range(2):
        make_submission(staff)
    make_submission(alice)
    assert names(per_user(30)) == ["carol", "bob", "staff", "alice"]


def test_run_under_way_or_before_the_period_is_not_counted(alice, bob):
    make_submission(alice, status=Status.RUNNING)
    made_before(make_submission(bob), days=30, minutes=1)
    assert per_user(30) == []
    assert all(not counts for _, counts in per_day(31, "verdict", status=Status.RUNNING))
    made_before(Submission.objects.get(user=bob), days=29, hours=23)
    assert names(per_user(30)) == ["bob"]


def test_every_day_of_the_period_is_listed_oldest_first(alice):
    made_before(make_submission(alice), days=2)
    for verdict in ("ok", "ok", "runtime_error"):
        make_submission(alice, verdict=verdict)
    found = per_day(4, "verdict")
    today = timezone.now().date()
    assert [day for day, _ in found] == [f"{today - timedelta(days=ago)}" for ago in (3, 2, 1, 0)]
    assert [counts for _, counts in found] == [{}, {"ok": 1}, {}, {"ok": 2, "runtime_error": 1}]


def test_empty_values_and_what_is_narrowed_away_are_left_out(alice):
    make_submission(alice)
    make_submission(alice, experiment="be-root", outcome="contained")
    make_submission(alice, outcome="breach", **WEAKENED)
    ((_, counts),) = per_day(1, "outcome", ablation="")
    assert counts == {"contained": 1}
