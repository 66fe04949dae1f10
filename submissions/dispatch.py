"""Gets a submission run: here, in the caller's thread, while it waits.

The place is taken before anything is stored: overload leaves no trace, and what was accepted runs.
"""

from django.contrib.auth.models import User

from executor import RunRequest, admit

from .models import Submission
from .services import Origin, run_submission, submit


def submit_and_wait(
    *, user: User, run: RunRequest, origin: Origin, experiment: str = ""
) -> Submission:
    """A finished submission. Raises Closed, Busy, TooManyRuns (nothing stored) or SandboxUnavailable."""
    with admit():
        submission = submit(user=user, run=run, origin=origin, experiment=experiment)
        return run_submission(submission, run)
