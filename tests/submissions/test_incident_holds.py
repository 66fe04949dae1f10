"""For how long the runs of a deleted account are held: longer if they met a limit, or were a breach."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from submissions.audit.accounts import holds
from submissions.audit.accounts.erasure import delete_account, erase_due
from submissions.audit.incidents import COUNTED, FLAGS, LIMITS
from submissions.lifecycle.models import Submission
from tests.support.auditing import broken
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db


def finished(user: User, **over: Any) -> Submission:
    values = {"code": "evidence", "client_address": "10.0.0.1", "user_agent": "curl"}
    return make_submission(user, **{**values, "finished": timezone.now(), **over})


@pytest.mark.parametrize(
    "incident",
    [
        {"verdict": "memory_limit_exceeded"},
        {"outcome": "breach", "experiment": "x"},
        # A program and its user choose the verdict.
        {"verdict": "ok", "evidence": {"pids_refusals": 9, "oom_kills": 0}},
        {"verdict": "cancelled", "evidence": {"output_exceeded": True}},
    ],
)
def test_incident_is_held_for_longer(
    alice: User, days_pass: Callable[..., None], incident: dict[str, Any]
) -> None:
    bad = finished(alice, **incident)
    delete_account(alice)
    days_pass(31)
    erase_due()
    assert Submission.objects.get(pk=bad.pk).code == "evidence"
    days_pass(91)
    assert erase_due() == 1
    assert broken() == ""


def test_evidence_without_a_limit_is_no_incident(
    alice: User, days_pass: Callable[..., None]
) -> None:
    finished(alice, evidence=dict.fromkeys(FLAGS, False) | dict.fromkeys(COUNTED, 0))
    delete_account(alice)
    days_pass(31)
    assert erase_due() == 1
    assert broken() == ""


def test_erasure_before_evidence_counted_still_holds(
    alice: User, days_pass: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "VERSION", 2)
    monkeypatch.setattr(holds, "INCIDENTS", Q(verdict__in=LIMITS))
    finished(alice, evidence={"pids_refusals": 9})
    delete_account(alice)
    days_pass(31)
    assert erase_due() == 1
    assert broken() == ""


def test_breach_extends_the_hold_of_all_that_its_account_ran(
    alice: User, days_pass: Callable[..., None]
) -> None:
    finished(alice)
    finished(alice, outcome="breach", experiment="x")
    delete_account(alice)
    days_pass(31)
    assert erase_due() == 0


def test_limit_hit_extends_the_hold_of_that_run_only(
    alice: User, days_pass: Callable[..., None]
) -> None:
    finished(alice)
    finished(alice, verdict="time_limit_exceeded")
    delete_account(alice)
    days_pass(31)
    assert erase_due() == 1
    assert broken() == ""
