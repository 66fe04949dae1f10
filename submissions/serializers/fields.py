"""Fields that take nothing but what they are for."""

from collections.abc import Mapping
from heapq import nsmallest
from itertools import islice
from typing import Any

from rest_framework import serializers

from ..lifecycle.models import LANGUAGE_LABELS

NAMES_SHOWN = 5
"""Of unknown fields, and of a list's wrong items: an error is for reading, and as short for a million."""


class StrictCharField(serializers.CharField):
    """A string as it was sent: not trimmed, and a number is none. Like DRF's it refuses NUL and lone
    surrogates, which no UTF-8 and no PostgreSQL can hold."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictBooleanField(serializers.BooleanField):
    """true or false, not "yes" or 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=type(data).__name__)
        return data


class LanguageField(serializers.ChoiceField):
    """A language's name. The error does not repeat what was sent, which may be anything."""

    def __init__(self, **options: Any) -> None:
        super().__init__(list(LANGUAGE_LABELS.items()), **options)
        self.error_messages["invalid_choice"] = f"Choose one of: {', '.join(LANGUAGE_LABELS)}."

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in LANGUAGE_LABELS:
            self.fail("invalid_choice")
        return data


class BoundedListField(serializers.ListField):
    """A list that is counted before its first item is checked. The error names the first few items.

    DRF checks the items first: half a million wrong ones took half a minute and 700 MB.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)

    def run_child_validation(self, data: Any) -> Any:
        try:
            return super().run_child_validation(data)
        except serializers.ValidationError as error:
            if not isinstance(error.detail, dict) or len(error.detail) <= NAMES_SHOWN:
                raise
            shown = dict(islice(error.detail.items(), NAMES_SHOWN))
            raise serializers.ValidationError(
                {**shown, "more": [f"… and {len(error.detail) - NAMES_SHOWN} more."]}
            ) from error


def refuse_unknown(data: Any, known: Mapping[str, Any]) -> None:
    """Raise a ValidationError that names the first few unknown fields."""
    if isinstance(data, dict) and (unknown := data.keys() - known.keys()):
        named = nsmallest(NAMES_SHOWN, unknown)
        errors = {_shown(name): ["There is no such field."] for name in named}
        if len(unknown) > NAMES_SHOWN:
            errors["more"] = [f"… and {len(unknown) - NAMES_SHOWN} more."]
        raise serializers.ValidationError(errors)


def _shown(name: str) -> str:
    """A stranger's name for a field, fit to be repeated."""
    return name[:50].encode("ascii", "backslashreplace").decode()
