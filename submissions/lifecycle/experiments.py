"""Submissions that are experiments: who may run one weakened, and what came of it."""

import logging
from dataclasses import asdict

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from executor import RunResult, ablation_is_allowed
from executor.experiments import CATALOGUE, judge

from .models import Outcome, Submission

logger = logging.getLogger(__name__)
UNKNOWN_EXPERIMENT = {"reason": "The process that ran it does not know this experiment."}


def check_weakened(user: User, experiment: str) -> None:
    """Only experiments, whose programs are known; only by those who may; only where it is allowed."""
    allowed = ablation_is_allowed() and user.has_perm("submissions.run_weakened")
    if not allowed or experiment not in CATALOGUE:
        raise PermissionDenied("You may not run this without one of its layers.")


def judged(submission: Submission, result: RunResult) -> dict[str, object]:
    experiment = CATALOGUE.get(submission.experiment)
    if (
        experiment is None
    ):  # a newer web process knows it: the run is good, only nobody can judge it
        logger.warning("submission %s: no experiment %r here", submission.pk, submission.experiment)
        return {"outcome": Outcome.UNPROVEN, "finding": UNKNOWN_EXPERIMENT}
    finding = judge(experiment, result)
    if finding.outcome == Outcome.BREACH and not submission.ablation:
        # How, in the program's words, is in the row: its output has no place in the log.
        logger.critical("submission %s: %s got through", submission.pk, submission.experiment)
    return {"outcome": Outcome(finding.outcome), "finding": asdict(finding)}
