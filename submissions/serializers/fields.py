"""Fields that do not convert: a string must be a string, a boolean a boolean."""

from collections.abc import Iterable
from heapq import nsmallest
from itertools import islice
from typing import Any, cast

from django.conf import settings
from rest_framework import serializers
from rest_framework.fields import empty

from executor import offered

from ..lifecycle.models import LANGUAGE_LABELS, Isolation

NAMES_SHOWN = 5
"""How many unknown fields, or wrong items of a list, an error names. It stays short for a million."""
NAME_CHARACTERS = 50
"""How much of an unknown field's name an error repeats."""


class StrictCharField(serializers.CharField):
    """A string as it was sent: not trimmed, not converted from a number.

    Like DRF's it refuses NUL and lone surrogates, which PostgreSQL and UTF-8 cannot hold.
    """

    default_error_messages = {
        "invalid": "Send a string.",
        "max_length": "At most {max_length} characters.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class CodeField(StrictCharField):
    """A program. Its errors are whole sentences, as pages show them."""

    default_error_messages = {
        "blank": "There is nothing to run yet.",
        **dict.fromkeys(
            ("required", "null"), "There is nothing to run yet. Send a program as code."
        ),
    }

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if (more := len(code) - settings.CODE_CHARACTERS) > 0:
            count = f"{more:,} character{'' if more == 1 else 's'}"
            raise serializers.ValidationError(
                f"Your program is {count} too long (limit {settings.CODE_CHARACTERS:,})."
            )
        return code


class StrictBooleanField(serializers.BooleanField):
    """true or false; "yes" or 1 is refused."""

    default_error_messages = {"invalid": "Send true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=type(data).__name__)
        return data


class TextOrNull(serializers.CharField):
    """A text of an answer; null if there is none. The column is then empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **options)

    def to_representation(self, value: Any) -> str | None:  # type: ignore[override]
        return value or None


class ChoiceOrNull(serializers.ChoiceField):
    """One of the choices, in an answer; null if there is none yet."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, read_only=True, allow_null=True, **options)

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) or None


class LanguageField(serializers.ChoiceField):
    """The name of a language: in an answer any that is known, in a request one that the site offers.

    The error does not repeat the value, which may be anything."""

    default_error_messages = {
        "invalid_choice": "Choose one of: {offered}.",
        "not_offered": "{label} is not offered on this site. Choose one of: {offered}.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(list(LANGUAGE_LABELS.items()), **options)

    def to_internal_value(self, data: Any) -> str:
        names = ", ".join(offered())
        if not isinstance(data, str) or data not in LANGUAGE_LABELS:
            self.fail("invalid_choice", offered=names)
        if data not in offered():
            self.fail("not_offered", label=LANGUAGE_LABELS[data], offered=names)
        return data


class IsolationField(serializers.ChoiceField):
    """A wish for a container of one's own. The error does not repeat the value."""

    def __init__(self) -> None:
        super().__init__(
            Isolation.values,
            default=Isolation.AUTO.value,
            initial=None,
            help_text=(
                "container: no other run, not even of yours, ever uses the container of this one. For "
                "graders that run many people's programs under one account. auto: one of your own runs "
                "may use it afterwards, in a fresh sandbox inside it."
            ),
        )
        self.error_messages["invalid_choice"] = f"Choose one of: {', '.join(Isolation.values)}."

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in Isolation.values:
            self.fail("invalid_choice")
        return data


class BoundedListField(serializers.ListField):
    """A list whose length is checked before its items. An error names the first few wrong items.

    DRF checks the items first: half a million wrong ones took half a minute and 700 MB.
    """

    default_error_messages = {
        "not_a_list": "Send a list.",
        "max_length": "At most {max_length} items.",
    }

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


class StrictSerializer(serializers.Serializer[Any]):
    """An object of a request. Unknown fields are errors, reported together with all others.

    An optional field that is null or "" counts as left out: typed clients and forms send every field.
    """

    default_error_messages = {"invalid": "Send a JSON object."}

    def run_validation(self, data: Any = empty) -> Any:
        # null is as wrong as any other value that is no object; DRF would answer "No data provided".
        return super().run_validation([] if data is None else data)

    def to_internal_value(self, data: Any) -> Any:
        errors: dict[str, Any] = {**unknown_names(data, self.fields, "field")}
        checked = None
        try:
            checked = super().to_internal_value(self._without_blanks(data))
        except serializers.ValidationError as error:
            errors.update(cast(dict[str, Any], error.detail))
        if errors:
            raise serializers.ValidationError(errors)
        return checked

    def _without_blanks(self, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        blank = {
            name
            for name, field in self.fields.items()
            if not field.required and data.get(name, "") in (None, "")
        }
        return {name: value for name, value in data.items() if name not in blank}


def unknown_names(data: Any, known: Iterable[str], kind: str) -> dict[str, list[str]]:
    """Return a reason for each of the first few unknown names, and how many more there are.

    `kind` is what the names are of: field or parameter.
    """
    errors: dict[str, list[str]] = {}
    if not isinstance(data, dict) or not (unknown := data.keys() - set(known)):
        return errors
    for name in nsmallest(NAMES_SHOWN, unknown):
        # The client chose the name, so the error repeats it shortened and escaped.
        shown = name[:NAME_CHARACTERS].encode("ascii", "backslashreplace").decode()
        errors[shown] = [f"Unknown {kind}. Choose from {', '.join(known)}."]
    if len(unknown) > NAMES_SHOWN:
        errors["more"] = [f"… and {len(unknown) - NAMES_SHOWN} more."]
    return errors


def as_lines(stdin: Any) -> Any:
    """Make whole lines of typed input: a box gives no last newline, and Windows ends lines by CR LF.

    Anything but a string is returned as it is, for its field to refuse.
    """
    if not isinstance(stdin, str) or not stdin:
        return stdin
    text = stdin.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else f"{text}\n"
