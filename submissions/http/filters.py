"""Filters of the list of submissions."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

from ..lifecycle.models import LANGUAGE_LABELS, Submission
from ..lists.searching import WORDS, words_of

SEARCH_CHARACTERS = 200


class MomentField(IsoDateTimeField):  # type: ignore[misc] # django_filters has no types
    """A date and time that exists in UTC: at the ends of the calendar, an offset can lead beyond them."""

    def to_python(self, value: Any) -> datetime | None:
        try:
            moment: datetime | None = super().to_python(value)
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(filters.IsoDateTimeFilter):  # type: ignore[misc] # django_filters has no types
    """Filter for a MomentField."""

    field_class = MomentField


class SearchField(forms.CharField):
    """Words to search for."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if len(words_of(text)) > WORDS:
            raise ValidationError(f"Search for at most {WORDS} words.")
        return text


class SearchFilter(filters.CharFilter):  # type: ignore[misc] # django_filters has no types
    """Filter for a SearchField. It leaves all rows: the database could not search them in bounded time,
    so lists/searching.py does it afterwards."""

    field_class = SearchField

    def filter(self, qs: QuerySet[Submission], value: Any) -> QuerySet[Submission]:
        return qs


class SubmissionFilter(filters.FilterSet):  # type: ignore[misc] # django_filters has no types
    """Filters of the API and the history."""

    language = filters.ChoiceFilter(choices=list(LANGUAGE_LABELS.items()))
    created_after = MomentFilter(field_name="created", lookup_expr="gte")
    created_before = MomentFilter(field_name="created", lookup_expr="lt")
    search = SearchFilter(label="Search", max_length=SEARCH_CHARACTERS)

    class Meta:
        model = Submission
        fields = ("language", "status", "verdict")
