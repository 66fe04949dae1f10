"""Guarded tables: a write through any ordinary manager is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from submissions.audit.models import AuditEntry
from submissions.lifecycle.guarded import ReadOnly
from submissions.lifecycle.models import Submission
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

ROWS = {
    "manager": lambda submission: Submission.objects,
    "query-set": lambda submission: Submission.objects.filter(pk=submission.pk),
    "own-method": lambda submission: Submission.objects.running(),
    "related-manager": lambda submission: submission.user.submissions,
    "other-table": lambda submission: AuditEntry.objects.all(),
}


@pytest.mark.parametrize(
    "write",
    [
        lambda rows: rows.update(stdout="forged"),
        lambda rows: rows.create(stdout="forged"),
        lambda rows: rows.get_or_create(stdout="forged"),
        lambda rows: rows.update_or_create(stdout="forged"),
        lambda rows: rows.bulk_create([]),
        lambda rows: rows.bulk_update([], ["stdout"]),
        lambda rows: rows.all().delete(),
    ],
    ids=[
        "update",
        "create",
        "get_or_create",
        "update_or_create",
        "bulk_create",
        "bulk_update",
        "delete",
    ],
)
@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_write_by_the_ordinary_manager_is_refused(
    alice: User, rows: Callable[..., Any], write: Callable[..., Any]
) -> None:
    submission = make_submission(alice)
    with pytest.raises(ReadOnly):
        write(rows(submission))
    assert Submission.objects.get().stdout == "1\n"


@pytest.mark.parametrize("name", ["save", "delete"])
def test_instance_is_neither_saved_nor_deleted(alice: User, name: str) -> None:
    submission = make_submission(alice)
    with pytest.raises(ReadOnly):
        getattr(submission, name)()
