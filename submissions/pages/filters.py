"""How the history can be narrowed."""

from django.forms import DateInput

from ..http.filters import MomentFilter, SubmissionFilter


class HistoryFilter(SubmissionFilter):
    """The same for the page, which asks for days."""

    created_after = MomentFilter(
        field_name="created", lookup_expr="gte", label="From", widget=DateInput({"type": "date"})
    )
    created_before = MomentFilter(
        field_name="created", lookup_expr="lt", label="Before", widget=DateInput({"type": "date"})
    )
