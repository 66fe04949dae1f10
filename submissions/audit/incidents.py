"""Statistics for the admin: limits that users hit, and how runs and attacks ended over time.

Each query reads one index that has all of its columns (`submission_overview`), so no program or output
is read.
"""

from collections import Counter
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Count, Q
from django.db.models.functions import Cast, Substr

from ..lifecycle.models import Outcome, Status, Submission, Verdict
from .periods import DAY, Period

LIMITS = (
    Verdict.TIME_LIMIT_EXCEEDED,
    Verdict.MEMORY_LIMIT_EXCEEDED,
    Verdict.PROCESS_LIMIT_EXCEEDED,
    Verdict.OUTPUT_LIMIT_EXCEEDED,
    Verdict.DISK_LIMIT_EXCEEDED,
)
OUTSIDE_THE_LAB = Q(experiment="")
"""The lab's runs are counted apart, since hitting a limit is their purpose."""
COUNTS: dict[str, Count] = {
    "runs": Count("*"),
    "limits": Count("created", filter=OUTSIDE_THE_LAB & Q(verdict__in=LIMITS)),
    "experiments": Count("created", filter=~OUTSIDE_THE_LAB),
    "weakened": Count("created", filter=~Q(ablation="")),
    "breaches": Count("created", filter=Q(outcome=Outcome.BREACH, ablation="")),
}
BY_LIMIT: dict[str, Count] = {
    limit.value: Count("created", filter=OUTSIDE_THE_LAB & Q(verdict=limit)) for limit in LIMITS
}
FLAGS = ("deadline_passed", "idle_passed", "cpu_exhausted", "output_exceeded", "disk_full")
COUNTED = ("oom_kills", "pids_refusals", "calls_refused")
"""The evidence of limits: true, or above zero, if the run met them."""
INCIDENTS = reduce(
    or_,
    [Q(outcome=Outcome.BREACH), Q(verdict__in=LIMITS)]
    + [Q(**{f"evidence__{name}": True}) for name in FLAGS]
    + [Q(**{f"evidence__{name}__gt": 0}) for name in COUNTED],
)
"""What `is_incident` says of a row."""
MOST_USERS = 200
"""Rows of a table of users. The first have the most breaches and limits."""
WORST_FIRST = ("-breaches", "-limits", "-runs", "user__username")
TEXT_OF_A_DAY, TEXT_OF_A_MINUTE = 10, 16
"""Characters of a moment as text: 2026-11-25 and 2026-11-25 10:04."""


def is_incident(submission: Submission, *, by_evidence: bool = True) -> bool:
    """Return whether a deleted account's run deserves a longer hold: it met a limit, or is a breach.

    The verdict alone does not say so: a fork bomb may end with exit code 0, and its user may cancel it.
    """
    if submission.verdict in LIMITS or submission.outcome == Outcome.BREACH:
        return True
    return by_evidence and any((submission.evidence or {}).get(name) for name in (*FLAGS, *COUNTED))


def per_user(runs: Any, *, most: int = MOST_USERS) -> list[dict[str, Any]]:
    """Return a row for each user with runs: most breaches first, then most limits, then most runs."""
    rows = runs.order_by().values("user_id", "user__username").annotate(**COUNTS, **BY_LIMIT)
    found = rows.order_by(*WORST_FIRST)[:most]
    return [row | {"by_limit": [(limit, row[limit.value]) for limit in LIMITS]} for row in found]


def totals(runs: Any) -> dict[str, int]:
    """Return the sums of `per_user`, and how many users they are of."""
    found: dict[str, int] = runs.aggregate(users=Count("user_id", distinct=True), **COUNTS)
    return found


def per_part(
    period: Period, now: datetime, field: str, **narrowed: Any
) -> list[tuple[str, Counter[str]]]:
    """Count each value of a field for each part of the period, without empty values."""
    length = TEXT_OF_A_DAY if period.part >= DAY else TEXT_OF_A_MINUTE
    rows = (
        since(period.start)
        .filter(**narrowed)
        .exclude(**{field: ""})
        .order_by()
        # As text, which both databases cut quickly; TruncDate on SQLite calls Python for each row.
        .annotate(part=Substr(Cast("created", CharField()), 1, length))
        .values("part", field)
        .annotate(count=Count("*"))
    )
    found: dict[datetime, Counter[str]] = {}
    for row in rows:
        part = period.part_of(datetime.fromisoformat(row["part"]).replace(tzinfo=UTC))
        found.setdefault(part, Counter())[row[field]] += row["count"]
    return [(period.name_of(part), found.get(part, Counter())) for part in period.parts(now)]


def since(start: datetime) -> Any:
    """Select what was submitted since then and has finished."""
    return Submission.objects.filter(status=Status.FINISHED, created__gte=start)
