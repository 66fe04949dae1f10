"""Filters of the lists, which refuse a parameter that the list does not have."""

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from ...serializers.fields import unknown_names
from .pagination import FORMAT, Pages


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc] # django_filters has no types
    """The view's filters. A misspelt one is named, with those that there are; ignored, it would select
    everything."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        if getattr(view, "action", None) != "list":
            return cast(QuerySet[Any], super().filter_queryset(request, queryset, view))
        known = self._parameters(request, queryset, view)
        errors: dict[str, Any] = {**unknown_names(request.query_params, known, "parameter")}
        try:
            queryset = super().filter_queryset(request, queryset, view)
        except ValidationError as error:
            errors.update(cast(dict[str, Any], error.detail))
        if errors:
            raise ValidationError(errors)
        return queryset

    def _parameters(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> Iterable[str]:
        filters = self.get_filterset(request, queryset, view)
        own = filters.get_filters() if filters else ()
        return (*own, Pages.page_query_param, str(Pages.page_size_query_param), FORMAT)
