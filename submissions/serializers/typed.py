"""The wish for an interactive run, what is typed to it, and the answer."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from .fields import StrictBooleanField, StrictCharField, StrictSerializer


class InteractiveField(StrictBooleanField):
    """Whether the input of a run may grow while it runs."""

    default_error_messages = {"none_here": "This site has no interactive runs."}

    def __init__(self) -> None:
        super().__init__(
            default=False,
            initial=None,
            help_text=(
                "true lets its input grow while it runs (`/api/submissions/{id}/stdin/`). For a stream or"
                " a queued run: the answer names the run while it runs."
            ),
        )

    def to_internal_value(self, data: Any) -> bool:
        value = super().to_internal_value(data)
        if value and not settings.INTERACTIVE_MAX:
            self.fail("none_here")
        return value


class TypedInput(StrictSerializer):
    """More input of an interactive run."""

    text = StrictCharField(
        default="",
        allow_blank=True,
        help_text="The next characters. CR LF and CR become LF; no LF is added.",
    )
    end = StrictBooleanField(
        default=False, initial=None, help_text="true ends the input after the text."
    )

    def validate_text(self, value: str) -> str:
        return value.replace("\r\n", "\n").replace("\r", "\n")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["text"] and not attrs["end"]:
            raise serializers.ValidationError({"text": ["Send a text, or the end."]})
        return attrs


class TakenOutput(serializers.Serializer[Any]):
    """The input of an interactive run after a message."""

    bytes_left = serializers.IntegerField(help_text="How many more bytes the run takes.")
    open = serializers.BooleanField(
        source="is_open", help_text="Whether more may come; false after its end."
    )
