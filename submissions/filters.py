"""How the list of submissions can be narrowed."""

from django_filters import rest_framework as filters

from .models import Submission


class SubmissionFilter(filters.FilterSet):
    created_after = filters.IsoDateTimeFilter(field_name="created", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter(field_name="created", lookup_expr="lt")
    search = filters.CharFilter(field_name="code", lookup_expr="icontains", label="In the code")

    class Meta:
        model = Submission
        fields = ("language", "status", "verdict")
