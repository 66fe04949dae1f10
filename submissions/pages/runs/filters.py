"""Filters of the history."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters

from ...http.filters import SubmissionFilter
from ...lifecycle.models import Submission

MINE, LAB = "mine", "lab"
TODAY = "today"
PERIODS = {TODAY: "Today", "7": "7 days", "30": "30 days"}
FURTHEST = 14 * 60
"""Minutes: no place on Earth has a clock that differs more from UTC."""


class HistoryFilter(SubmissionFilter):
    """The API's filters, and the chips of the page."""

    kind = filters.ChoiceFilter(
        method="of_kind", choices=[(MINE, "My programs"), (LAB, "Lab runs")], label="Kind"
    )
    since = filters.ChoiceFilter(method="of_period", choices=list(PERIODS.items()), label="Time")
    offset = filters.NumberFilter(
        method="unchanged", min_value=-FURTHEST, max_value=FURTHEST, label="Minutes from UTC"
    )

    def unchanged(self, rows: QuerySet[Submission], name: str, value: Any) -> QuerySet[Submission]:
        return rows

    def of_kind(self, rows: QuerySet[Submission], name: str, value: str) -> QuerySet[Submission]:
        return rows.exclude(experiment="") if value == LAB else rows.filter(experiment="")

    def of_period(self, rows: QuerySet[Submission], name: str, value: str) -> QuerySet[Submission]:
        offset = int(self.form.cleaned_data.get("offset") or 0)
        return rows.filter(created__gte=beginning_of(value, offset))


def beginning_of(period: str, offset: int) -> datetime:
    """Return when a period began. A day begins at midnight of a clock `offset` minutes ahead of UTC."""
    now = timezone.now()
    if period != TODAY:
        return now - timedelta(days=int(period))
    ahead = timedelta(minutes=offset)
    return (now + ahead).replace(hour=0, minute=0, second=0, microsecond=0) - ahead
