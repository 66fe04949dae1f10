"""What tests of the distributed mode share: `make test-distributed`."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from executor import RunRequest, default_limits
from submissions.lifecycle.intake import Origin, submit_all
from submissions.lifecycle.models import Submission, Via

MARKS = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("streams"),
    pytest.mark.skipif(
        settings.EXECUTOR_DISPATCH != "celery", reason="needs a broker: make test-distributed"
    ),
]
ORIGIN = Origin(via=Via.SESSION, client_address=None, user_agent="")


def put_in(user: User, count: int = 1, **over: Any) -> list[Submission]:
    """Queue programs without a notification."""
    run = RunRequest(**{"code": "print(1)", "limits": default_limits(), **over})
    return submit_all(user=user, runs=[run] * count, origin=ORIGIN)


def all_ran() -> bool:
    return not Submission.objects.in_flight().exists()
