"""Pruning: what is old goes, and the chain says so."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from submissions.audit.chain import seal
from submissions.audit.models import Action, AuditEntry
from submissions.lifecycle.models import Submission
from tests.support.auditing import finished, verify

pytestmark = pytest.mark.django_db


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


def test_pruning_nothing_leaves_no_entry(alice: User) -> None:
    finished(alice)
    seal()
    call_command("audit_prune", "--older-than", "30", stdout=io.StringIO())
    assert AuditEntry.objects.count() == 1
