"""Verify the audit's chain in a test."""

import io
from datetime import timedelta

from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from submissions.lifecycle.models import Submission
from tests.support.factories import make_submission


def broken() -> str:
    """Run audit_verify; return its error, empty if the chain is valid."""
    return verify()[1]


def finished(user: User, **over: object) -> Submission:
    """Store a submission that finished an hour ago."""
    return make_submission(user, **{"finished": timezone.now() - timedelta(hours=1), **over})


def verify(*arguments: str) -> tuple[str, str]:
    """Run audit_verify; return its output, and its error if it fails."""
    out = io.StringIO()
    try:
        call_command("audit_verify", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""
