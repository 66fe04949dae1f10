"""Select submissions by whether the chain has a seal of them."""

from django.db.models import Exists, OuterRef, QuerySet

from ..lifecycle.models import Status, SubmissionQuerySet
from .models import AuditEntry


def sealed(rows: SubmissionQuerySet) -> SubmissionQuerySet:
    """Select those of these submissions that have a seal."""
    return rows.filter(Exists(_seals()))


def unsealed(rows: SubmissionQuerySet) -> SubmissionQuerySet:
    """Select the finished ones without a seal. This reads every row and ignores the marks."""
    return rows.filter(~Exists(_seals()), status=Status.FINISHED)


def _seals() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(submission=OuterRef("pk"))
