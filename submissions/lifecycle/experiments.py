"""Submissions that are experiments: check who may run one weakened, and judge the result."""

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
    """Raise PermissionDenied unless the site allows it, the user may, and the experiment is known.

    The program of a known experiment comes from the catalogue, not from the user.
    """
    allowed = ablation_is_allowed() and user.has_perm("submissions.run_weakened")
    if not allowed or experiment not in CATALOGUE:
        raise PermissionDenied("You may not run this without one of its layers.")


def judged(submission: Submission, result: RunResult) -> dict[str, object]:
    """Return the columns `outcome` and `finding` of an experiment's result."""
    experiment = CATALOGUE.get(submission.experiment)
    if experiment is None:  # a newer web process knows it; the run is valid, but not judged
        logger.warning("submission %s: no experiment %r here", submission.pk, submission.experiment)
        return {"outcome": Outcome.UNPROVEN, "finding": UNKNOWN_EXPERIMENT}
    finding = judge(experiment, result, submission.ablation)
    outcome = Outcome(finding.outcome)
    if outcome is Outcome.BREACH and not submission.ablation:
        # The row holds the details. They quote the program's output, which is kept out of the log.
        logger.critical("submission %s: %s got through", submission.pk, submission.experiment)
    return {"outcome": outcome, "finding": asdict(finding)}
