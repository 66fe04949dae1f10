"""Which submissions the chain knows."""

from django.db.models import Exists, OuterRef, QuerySet

from ..lifecycle.models import Status, SubmissionQuerySet
from .models import AuditEntry


def sealed(rows: SubmissionQuerySet) -> SubmissionQuerySet:
    """Those of these submissions that the chain knows."""
    return rows.filter(Exists(_seals()))


def unsealed(rows: SubmissionQuerySet) -> SubmissionQuerySet:
    """The finished ones that the chain does not know, whatever their mark says: reads every row."""
    return rows.filter(~Exists(_seals()), status=Status.FINISHED)


def _seals() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(submission=OuterRef("pk"))
