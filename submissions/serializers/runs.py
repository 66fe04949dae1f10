"""What comes in, checked to the last character, and what goes out.

Checked input leaves here as a frozen RunRequest and nothing else.
"""

from collections.abc import Mapping
from heapq import nsmallest
from itertools import islice
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from executor import LANGUAGES, RunRequest

from ..lifecycle.models import Submission

CODE_CHARACTERS = 5000
STDIN_BYTES = 64 * 1024
ARGUMENTS = 64
ARGUMENT_CHARACTERS = 1000
ARGUMENTS_BYTES = 16 * 1024
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
        choices = [(slug, language.label) for slug, language in LANGUAGES.items()]
        super().__init__(choices, **options)
        self.error_messages["invalid_choice"] = f"Choose one of: {', '.join(LANGUAGES)}."

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in LANGUAGES:
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


class RunInput(serializers.Serializer):
    """A program and what it is given."""

    code = StrictCharField(
        max_length=CODE_CHARACTERS,
        initial='print("Hello World")',
        help_text=f"The program, 1 to {CODE_CHARACTERS} characters.",
        style={"base_template": "textarea.html"},
    )
    language = LanguageField(default="python", initial="python", help_text="See /api/languages/.")
    stdin = StrictCharField(
        max_length=STDIN_BYTES,
        default="",
        allow_blank=True,
        help_text=f"What the program reads, up to {STDIN_BYTES} bytes of UTF-8.",
    )
    args = BoundedListField(
        child=StrictCharField(max_length=ARGUMENT_CHARACTERS, allow_blank=True),
        max_length=ARGUMENTS,
        default=list,
        help_text=f"The program's arguments: up to {ARGUMENTS}, {ARGUMENTS_BYTES} bytes in all.",
    )
    read_only = StrictBooleanField(  # type: ignore[assignment]
        default=True, initial=True, help_text="false makes the working directory /app writable."
    )

    def validate_stdin(self, value: str) -> str:
        # Not characters: each may take four bytes, here, in the sandbox and in the database.
        if len(value.encode()) > STDIN_BYTES:
            raise serializers.ValidationError(f"More than {STDIN_BYTES} bytes.")
        return value

    def validate_args(self, value: list[str]) -> list[str]:
        if sum(len(argument.encode()) + 1 for argument in value) > ARGUMENTS_BYTES:
            raise serializers.ValidationError(f"More than {ARGUMENTS_BYTES} bytes in all.")
        return value

    def to_internal_value(self, data: Any) -> Any:
        refuse_unknown(data, self.fields)
        return super().to_internal_value(data)

    def to_run_request(self) -> RunRequest:
        return run_request_of(self.validated_data)


def run_request_of(checked: Mapping[str, Any]) -> RunRequest:
    """From a RunInput's checked values."""
    return RunRequest(**{**checked, "args": tuple(checked["args"])})


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


class UsageOutput(serializers.Serializer):
    """Null is what was not measured, as when a sandbox was lost."""

    wall_ms = serializers.FloatField(help_text="Elapsed time, milliseconds.")
    cpu_ms = serializers.FloatField(
        allow_null=True, help_text="CPU time of all processes, milliseconds."
    )
    memory_peak_bytes = serializers.IntegerField(allow_null=True, help_text="Of the whole sandbox.")


class LimitsOutput(serializers.Serializer):
    wall_seconds = serializers.FloatField()
    cpu_seconds = serializers.FloatField()
    cpus = serializers.FloatField()
    memory_bytes = serializers.IntegerField()
    processes = serializers.IntegerField()
    output_bytes = serializers.IntegerField()
    disk_bytes = serializers.IntegerField()
    disk_files = serializers.IntegerField()
    open_files = serializers.IntegerField()


class RunOutput(serializers.ModelSerializer):
    """What came of a submission."""

    output = serializers.CharField(source="stdout", help_text="What the program printed.")
    error = serializers.SerializerMethodField(help_text="One friendly sentence, or null.")
    usage = serializers.SerializerMethodField()
    limits = LimitsOutput()

    class Meta:
        model = Submission
        fields = (
            "id",
            "status",
            "verdict",
            "output",
            "stderr",
            "error",
            "exit_code",
            "signal",
            "truncated",
            "usage",
            "limits",
            "language",
            "created",
            "finished",
        )
        read_only_fields = fields

    def get_error(self, submission: Submission) -> str | None:
        return submission.error or None

    @extend_schema_field(UsageOutput)
    def get_usage(self, submission: Submission) -> dict[str, Any] | None:
        return None if submission.wall_ms is None else UsageOutput(submission).data


class SubmissionDetail(RunOutput):
    """A stored submission, whole."""

    class Meta(RunOutput.Meta):
        fields = (  # type: ignore[assignment]
            *RunOutput.Meta.fields,
            "code",
            "stdin",
            "args",
            "read_only",
            "started",
            "via",
            "experiment",
            "ablation",
            "outcome",
        )
        read_only_fields = fields  # type: ignore[assignment]


class SubmissionSummary(serializers.ModelSerializer):
    """A row of the list: without code and output."""

    class Meta:
        model = Submission
        fields = (
            "id",
            "url",
            "language",
            "status",
            "verdict",
            "error",
            "wall_ms",
            "cpu_ms",
            "memory_peak_bytes",
            "created",
            "finished",
            "experiment",
            "ablation",
            "outcome",
        )
        read_only_fields = fields


class LanguageOutput(serializers.Serializer):
    slug = serializers.CharField(help_text="What goes into `language`.")
    label = serializers.CharField()  # type: ignore[assignment]
    runtime = serializers.CharField(help_text="What the runtime calls itself.")
    limits = LimitsOutput()
    example = serializers.CharField(help_text="A program that prints Hello World.")


class PoolOutput(serializers.Serializer):
    """Counts are since the start of the process."""

    ready = serializers.DictField(
        child=serializers.IntegerField(), help_text="Waiting sandboxes, by language."
    )
    target = serializers.DictField(
        child=serializers.IntegerField(), help_text="So many should wait, by language."
    )
    busy = serializers.IntegerField(help_text="Sandboxes in which a program runs.")
    waiting = serializers.IntegerField(help_text="Requests that wait for a sandbox.")
    served_warm = serializers.IntegerField()
    served_cold = serializers.IntegerField()
    created = serializers.IntegerField()
    destroyed = serializers.IntegerField()
    failures = serializers.IntegerField(help_text="Could not be made, or were found dead.")
