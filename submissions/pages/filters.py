"""Filters of the history."""

from django.forms import DateInput

from ..http.filters import MomentFilter, SubmissionFilter


class HistoryFilter(SubmissionFilter):
    """The API's filters with days instead of times."""

    created_after = MomentFilter(
        field_name="created", lookup_expr="gte", label="From", widget=DateInput({"type": "date"})
    )
    created_before = MomentFilter(
        field_name="created", lookup_expr="lt", label="Before", widget=DateInput({"type": "date"})
    )
