"""The limits that a request lowers."""

from collections.abc import Mapping
from typing import Any, cast

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from executor import DEFAULT_LANGUAGE, LANGUAGES, Range, choices, size_of

from .fields import StrictSerializer


class SecondsField(serializers.FloatField):
    """A number of seconds, neither a string nor true."""

    default_error_messages = {"invalid": "Send a number."}

    def to_internal_value(self, data: Any) -> float:
        # A page's form may bring NaN: no bound holds it, since every comparison with it is false.
        if not isinstance(data, int | float) or isinstance(data, bool) or data != data:
            self.fail("invalid")
        return data  # not converted yet: an integer may be too large for that


class WholeField(serializers.IntegerField):
    """A whole number, neither a string nor true."""

    default_error_messages = {"invalid": "Send a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


def _field(kind: type[serializers.Field[Any, Any, Any, Any]], help_text: str) -> Any:
    return kind(required=False, help_text=help_text)


@extend_schema_serializer(component_name="LowerLimits")
class LimitsInput(StrictSerializer):
    """Limits for this run. Each is optional, and at most the language's own (`/api/languages/`)."""

    wall_seconds = _field(SecondsField, "Elapsed time.")
    cpu_seconds = _field(SecondsField, "CPU time of all processes together.")
    memory_bytes = _field(WholeField, "Memory of all processes and files together.")
    processes = _field(WholeField, "Processes and threads together.")
    output_bytes = _field(WholeField, "Bytes kept of stdout, and of stderr.")

    def get_initial(self) -> Any:
        return None  # forms leave it out


class LowestLimits(serializers.Serializer[Any]):
    wall_seconds = serializers.FloatField()
    cpu_seconds = serializers.FloatField()
    memory_bytes = serializers.IntegerField()
    processes = serializers.IntegerField()
    output_bytes = serializers.IntegerField()


def check_ranges(chosen: Mapping[str, float], slug: str) -> None:
    """Raise ValidationError for limits above the language's own, or too low for any of its programs."""
    if not chosen:  # as in most requests
        return
    language = LANGUAGES[slug]
    ranges = choices(language)
    errors = {
        name: [problem]
        for name, value in chosen.items()
        if (problem := _problem(name, value, ranges[name], language.label))
    }
    if errors:
        raise serializers.ValidationError({"limits": errors})


def problems_beside(problems: Mapping[str, Any], program: Any) -> dict[str, Any]:
    """Return the problems of a program's limits, unless some of limits or language are known already."""
    if not isinstance(program, dict) or {"language", "limits"} & problems.keys():
        return {}
    try:
        chosen = LimitsInput().run_validation(program.get("limits") or {})
        check_ranges(chosen, program.get("language") or DEFAULT_LANGUAGE)
    except serializers.ValidationError as error:
        return cast(dict[str, Any], error.detail)
    return {}


def _problem(name: str, value: float, allowed: Range, label: str) -> str:
    if value > allowed.most:
        return f"At most {_amount(name, allowed.most)} here."
    if value < allowed.least:
        return f"At least {_amount(name, allowed.least)} for {label}."
    return ""


def _amount(name: str, value: float) -> str:
    """Write a bound as a client has to send it, and a size for people too."""
    is_size = name.endswith("_bytes") and value >= 1024
    return f"{int(value)} ({size_of(int(value))})" if is_size else f"{value:g}"
