"""Submissions whose process died."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from executor import this_process
from submissions.models import Status, Submission
from submissions.services import recover_interrupted
from tests.factories import make_submission

pytestmark = pytest.mark.django_db


def dead_process():
    code = "from executor.owner import this_process; print(this_process())"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_submission_of_a_dead_process_ends_as_an_internal_error(alice, status):
    submission = make_submission(alice, status=status, verdict="", worker=dead_process())
    assert recover_interrupted() == 1
    submission.refresh_from_db()
    assert (submission.status, submission.verdict) == ("finished", "internal_error")
    assert "run it again" in submission.error
    assert submission.finished is not None


def test_submission_of_a_living_process_goes_on(alice):
    make_submission(alice, status=Status.RUNNING, verdict="", worker=this_process())
    assert recover_interrupted() == 0


def test_submission_of_an_unseen_process_is_given_its_time(alice):
    submission = make_submission(alice, status=Status.RUNNING, verdict="", worker="boot/1/2/3")
    assert recover_interrupted() == 0
    long_ago = timezone.now() - timedelta(seconds=71)
    Submission.objects.filter(pk=submission.pk).update(created=long_ago)
    assert recover_interrupted() == 1


def test_finished_submissions_are_left_alone(alice):
    make_submission(alice, worker="boot/1/2/3")
    assert recover_interrupted() == 0
