"""Runs whose end the executor does not decide, but the test."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from executor import Cancellation, Limits, RunResult, Verdict
from submissions.lifecycle import attempt, queue
from submissions.lifecycle.models import Status, Submission
from tests.support.factories import make_submission


def result(**over: Any) -> RunResult:
    values = {"verdict": Verdict.OK, "stdout": "hi\n", "limits": Limits(), "sandbox": "abc"}
    return RunResult(**{**values, **over})


def running(user: User, **over: Any) -> Submission:
    """As it is after a claim."""
    values = {"status": Status.RUNNING, "verdict": "", "stdout": "", "attempt": 1, "turn": 1}
    return make_submission(user, **{**values, "lease": queue.lease_expiry(), **over})


def run(submission: Submission) -> Submission:
    return attempt.run_submission(
        submission, on_event=lambda event: None, cancellation=Cancellation()
    )


def ending_with(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[RunResult | Exception]]:
    """Return a function: runs then end with its results, or raise them, in turn; the last one stays."""
    calls: list[RunResult | Exception] = []

    def returns(*ends: Any) -> list[RunResult | Exception]:
        def execute(*args: Any, **options: Any) -> Any:
            end = ends[min(len(calls), len(ends) - 1)]
            calls.append(end)
            if isinstance(end, Exception):
                raise end
            return end

        monkeypatch.setattr(attempt, "execute", execute)
        return calls

    return returns
