"""Statistics for the admin: limits that users hit, and how runs and attacks ended over time."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from ..lifecycle.models import Outcome, Status, Submission, Verdict

LIMITS = (
    Verdict.TIME_LIMIT_EXCEEDED,
    Verdict.MEMORY_LIMIT_EXCEEDED,
    Verdict.PROCESS_LIMIT_EXCEEDED,
    Verdict.OUTPUT_LIMIT_EXCEEDED,
    Verdict.DISK_LIMIT_EXCEEDED,
)


def is_incident(submission: Submission) -> bool:
    """Return whether a deleted account's run deserves a longer hold: it hit a limit, or is a breach."""
    return submission.verdict in LIMITS or submission.outcome == Outcome.BREACH


def per_user(days: int) -> list[dict[str, Any]]:
    """Return a row for each user with runs: most breaches first, then most limits, then most runs.

    The lab's runs are counted apart, since hitting a limit is their purpose.
    """
    outside = Q(experiment="")
    counts: dict[str, Any] = {
        verdict.value: Count("pk", filter=outside & Q(verdict=verdict)) for verdict in LIMITS
    }
    rows = (
        _of_the_last(days)
        .values("user_id", "user__username")
        .annotate(
            runs=Count("pk"),
            limits=Count("pk", filter=outside & Q(verdict__in=LIMITS)),
            experiments=Count("pk", filter=~outside),
            weakened=Count("pk", filter=~Q(ablation="")),
            breaches=Count("pk", filter=Q(outcome=Outcome.BREACH, ablation="")),
            **counts,
        )
        .order_by("-breaches", "-limits", "-runs")
    )
    return [row | {"by_limit": [(limit, row[limit.value]) for limit in LIMITS]} for row in rows]


def per_day(days: int, field: str, **narrowed: Any) -> list[tuple[str, Counter[str]]]:
    """Count each value of a field for each day, without empty values."""
    found: dict[date, Counter[str]] = {}
    rows = (
        _of_the_last(days)
        .filter(**narrowed)
        .exclude(**{field: ""})
        .annotate(day=TruncDate("created"))
        .values("day", field)
        .annotate(count=Count("pk"))
        .order_by("day")
    )
    for row in rows:
        found.setdefault(row["day"], Counter())[row[field]] += row["count"]
    today = timezone.now().date()
    every = [today - timedelta(days=back) for back in reversed(range(days))]
    return [(day.isoformat(), found.get(day, Counter())) for day in every]


def _of_the_last(days: int) -> Any:
    start = timezone.now() - timedelta(days=days)
    return Submission.objects.filter(status=Status.FINISHED, created__gte=start)
