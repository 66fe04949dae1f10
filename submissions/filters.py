"""How the list of submissions can be narrowed."""

from django.forms import DateInput
from django_filters import rest_framework as filters

from .models import Submission


class SubmissionFilter(filters.FilterSet):
    created_after = filters.IsoDateTimeFilter(field_name="created", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter(field_name="created", lookup_expr="lt")
    search = filters.CharFilter(field_name="code", lookup_expr="icontains", label="In the code")

    class Meta:
        model = Submission
        fields = ("language", "status", "verdict")


class HistoryFilter(SubmissionFilter):
    """The same for the page, which asks for days."""

    created_after = filters.IsoDateTimeFilter(
        field_name="created", lookup_expr="gte", label="From", widget=DateInput({"type": "date"})
    )
    created_before = filters.IsoDateTimeFilter(
        field_name="created", lookup_expr="lt", label="Before", widget=DateInput({"type": "date"})
    )
