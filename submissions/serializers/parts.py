"""The objects inside the result of a run: what it used, its limits, its error."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers


@extend_schema_serializer(component_name="Usage")
class UsageOutput(serializers.Serializer[Any]):
    """What a run used. A value is null if it was not measured, as when the sandbox was lost."""

    wall_ms = serializers.FloatField(help_text="Elapsed time, milliseconds.")
    cpu_ms = serializers.FloatField(
        allow_null=True, help_text="CPU time of all processes, milliseconds."
    )
    memory_peak_bytes = serializers.IntegerField(
        allow_null=True, help_text="Peak memory of the whole sandbox."
    )
    memory_peak_is_sampled = serializers.BooleanField(
        source="evidence.memory_peak_is_sampled",
        default=False,
        help_text=(
            "True if the peak is the most that was seen at intervals, so the true peak may be higher. The"
            " kernel's own figure is that of an earlier run of the same container then."
        ),
    )


@extend_schema_serializer(component_name="Limits")
class LimitsOutput(serializers.Serializer[Any]):
    wall_seconds = serializers.FloatField()
    idle_seconds = serializers.FloatField(
        default=0,
        help_text=(
            "The longest time in which an interactive run gets no input, prints nothing and uses next to"
            " no CPU time; 0 for other runs."
        ),
    )
    cpu_seconds = serializers.FloatField()
    cpus = serializers.FloatField()
    memory_bytes = serializers.IntegerField()
    processes = serializers.IntegerField()
    output_bytes = serializers.IntegerField()
    disk_bytes = serializers.IntegerField()
    disk_files = serializers.IntegerField()
    open_files = serializers.IntegerField()


class WordsOrNull(serializers.CharField):
    """A text of the program's, as inert text; null if there is none."""

    def __init__(self, help_text: str) -> None:
        super().__init__(read_only=True, allow_null=True, help_text=help_text)


class PlaceOrNull(serializers.IntegerField):
    def __init__(self, help_text: str) -> None:
        super().__init__(read_only=True, allow_null=True, min_value=1, help_text=help_text)


@extend_schema_serializer(component_name="ErrorDetails")
class ErrorDetailsOutput(serializers.Serializer[Any]):
    """The parts of an error. A part that is not known is null."""

    type = WordsOrNull("Its name, as the runtime shows it, such as ValueError.")
    message = WordsOrNull("The runtime's own words, at most 500 characters.")
    line = PlaceOrNull("The line of the program where it is, from 1.")
    column = PlaceOrNull("The column in that line, in characters from 1.")
    hint = WordsOrNull("What it usually means and what to do: one or two sentences for a person.")
