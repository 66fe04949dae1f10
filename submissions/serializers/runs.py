"""The request and the results of a run.

Checked input becomes a frozen RunRequest.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from executor import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    STDIN_BYTES,
    RunRequest,
    chosen_limits,
    problem_with_files,
    size_of,
)

from ..lifecycle import queue
from ..lifecycle.models import Isolation, Lane, Outcome, Submission, Verdict, Via
from .fields import (
    BoundedListField,
    ChoiceOrNull,
    CodeField,
    IsolationField,
    LanguageField,
    StrictBooleanField,
    StrictCharField,
    StrictSerializer,
    TextOrNull,
    as_lines,
)
from .files import (
    FileOutput,
    FilesField,
    SentFileOutput,
    files_of,
    reason_of,
    sent_files_of,
    with_contents,
    with_uploads,
)
from .limits import LimitsInput, check_ranges, problems_beside
from .parts import ErrorDetailsOutput, LimitsOutput, UsageOutput
from .typed import InteractiveField
from .webhooks import WebhookField

ARGUMENTS = 64
ARGUMENT_CHARACTERS = 1000
ARGUMENTS_BYTES = 16 * 1024


@extend_schema_serializer(component_name="Program")
class RunInput(StrictSerializer):
    """A program and its input."""

    default_error_messages = {
        "invalid": 'Send a JSON object with a program, such as {{"code": "print(1)"}}.'
    }

    code = CodeField(
        max_length=settings.CODE_CHARACTERS,
        initial='print("Hello World")',
        help_text=f"The program, 1 to {settings.CODE_CHARACTERS} characters.",
        style={"base_template": "textarea.html"},
    )
    language = LanguageField(
        default=DEFAULT_LANGUAGE,
        initial=DEFAULT_LANGUAGE,
        help_text="One that this site offers; see /api/languages/.",
    )
    stdin = StrictCharField(
        default="",
        allow_blank=True,
        help_text=(
            f"Standard input, up to {size_of(STDIN_BYTES)} of UTF-8. CR LF and CR become LF, and the "
            "last line gets an LF if it has none."
        ),
    )
    stdin_verbatim = StrictBooleanField(
        default=False, initial=None, help_text="true leaves stdin as it is, byte for byte."
    )
    args = BoundedListField(
        child=StrictCharField(max_length=ARGUMENT_CHARACTERS, allow_blank=True),
        max_length=ARGUMENTS,
        default=list,
        help_text=f"The program's arguments: up to {ARGUMENTS}, {size_of(ARGUMENTS_BYTES)} in all.",
    )
    files = FilesField()
    outputs = StrictBooleanField(
        default=False,
        initial=None,
        help_text="true gives back the files that the program leaves in its folder.",
    )
    read_only = StrictBooleanField(  # type: ignore[assignment]
        default=True, initial=True, help_text="false makes the working directory /app writable."
    )
    isolation = IsolationField()
    limits = LimitsInput(
        required=False, initial=None, help_text="Limits lower than the language's, for this run."
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and data.get("stdin_verbatim") is not True:
            data = {**data, "stdin": as_lines(data.get("stdin"))}
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            # Together with all others, though a limit's range depends on another field, the language.
            detail = cast(dict[str, Any], error.detail)
            raise serializers.ValidationError(
                {**problems_beside(detail, data), **detail}
            ) from error

    def validate_stdin(self, value: str) -> str:
        # Bytes, not characters: a character takes up to four bytes, in the sandbox and in the database.
        if len(value.encode()) > STDIN_BYTES:
            raise serializers.ValidationError(f"At most {size_of(STDIN_BYTES)}.")
        return value

    def validate_args(self, value: list[str]) -> list[str]:
        if sum(len(argument.encode()) + 1 for argument in value) > ARGUMENTS_BYTES:
            raise serializers.ValidationError(f"At most {size_of(ARGUMENTS_BYTES)} in all.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_ranges(attrs.get("limits", {}), attrs["language"])
        if attrs["files"]:
            attrs["files"] = with_uploads(attrs["files"], _user_of(self.context))
            if problem := problem_with_files(run_request_of(attrs)):
                raise serializers.ValidationError({"files": reason_of(problem)})
        return attrs

    def to_run_request(self) -> RunRequest:
        return run_request_of(self.validated_data)


def _user_of(context: Mapping[str, Any]) -> Any:
    """Return the user of a request, whom the pages and MCP name without one."""
    return context["user"] if "user" in context else context["request"].user


def run_request_of(checked: Mapping[str, Any]) -> RunRequest:
    """Build a RunRequest of a RunInput's checked values."""
    return RunRequest(
        code=checked["code"],
        language=checked["language"],
        stdin=checked["stdin"],
        args=tuple(checked["args"]),
        files=tuple(checked["files"]),
        outputs=checked["outputs"],
        isolation=checked["isolation"],
        read_only=checked["read_only"],
        limits=chosen_limits(
            checked.get("limits", {}),
            LANGUAGES[checked["language"]],
            interactive=checked.get("interactive", False),
        ),
    )


VERDICT_HELP = "How the run ended; null until it has."
ERROR_HELP = "Why the run failed, in one sentence; null if it did not."
DETAILS_HELP = (
    "The parts of the error, for clients; null if nothing more is known. With the verdict ok, an error"
    " that did not end the program, or a hint alone: that its input may be missing."
)
EXPERIMENT_HELP = "Slug of the lab's experiment; null for other runs."
ABLATION_HELP = "The layer that was removed; null if none was."
ISOLATION_HELP = (
    "container: no other run might use its container, as the request, the user or the deployment"
    " asked."
)
LANE_HELP = (
    "What the program had for itself: a container, or (slot) a fresh sandbox in a container that serves"
    " only runs of its user; null until it has run."
)
SANDBOX_HELP = "Short id of the container, the slot's in the slot lane; null until it has run."
LEFT_OUT_HELP = (
    "How many files were not kept, by reason, such as too_large or over_quota. Empty if all were."
)
NUMBER_HELP = "Number of the run in that container, from 1; null until it has run."
OUTCOME_HELP = "The result of the experiment; null for other runs."


@extend_schema_serializer(component_name="RunResult")
class RunOutput(serializers.ModelSerializer[Submission]):
    """Result of a run."""

    output = serializers.CharField(source="stdout", help_text="What the program printed to stdout.")
    verdict = ChoiceOrNull(Verdict.choices, help_text=VERDICT_HELP)
    error = TextOrNull(help_text=ERROR_HELP)
    error_details = ErrorDetailsOutput(read_only=True, allow_null=True, help_text=DETAILS_HELP)
    usage = serializers.SerializerMethodField()
    files = serializers.SerializerMethodField()
    files_left_out = serializers.SerializerMethodField(help_text=LEFT_OUT_HELP)
    limits = LimitsOutput()
    language = LanguageField(read_only=True)
    isolation = serializers.ChoiceField(Isolation.values, read_only=True, help_text=ISOLATION_HELP)
    lane = ChoiceOrNull(Lane.values, help_text=LANE_HELP)
    sandbox = TextOrNull(help_text=SANDBOX_HELP)
    run_number = serializers.IntegerField(
        read_only=True, allow_null=True, min_value=1, help_text=NUMBER_HELP
    )

    class Meta:
        model = Submission
        fields = (
            "id",
            "status",
            "verdict",
            "output",
            "stderr",
            "error",
            "error_details",
            "exit_code",
            "signal",
            "truncated",
            "files",
            "files_left_out",
            "usage",
            "limits",
            "language",
            "isolation",
            "lane",
            "sandbox",
            "run_number",
            "created",
            "finished",
        )
        read_only_fields = fields

    @extend_schema_field(UsageOutput(allow_null=True))
    def get_usage(self, submission: Submission) -> dict[str, Any] | None:
        return None if submission.wall_ms is None else _usage().to_representation(submission)

    @extend_schema_field(FileOutput(many=True))
    def get_files(self, submission: Submission) -> list[dict[str, Any]]:
        """What the program left in its folder, by the order of the names, if `outputs` asked for it."""
        return files_of(submission)

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_files_left_out(self, submission: Submission) -> dict[str, int]:
        return submission.files_left_out or {}


class PlaceField(serializers.IntegerField):
    """The submission's place in the queue, counted when it is read, since it changes while others run."""

    def __init__(self) -> None:
        super().__init__(
            source="*",
            read_only=True,
            allow_null=True,
            help_text="Its place in the queue, from 1; null if it is not queued.",
        )

    def to_representation(self, value: Submission) -> int | None:  # type: ignore[override]
        return queue.place_of(value)


@extend_schema_serializer(component_name="Submission")
class SubmissionDetail(RunOutput):
    """A submission with its code, input and result."""

    experiment = TextOrNull(help_text=EXPERIMENT_HELP)
    ablation = TextOrNull(help_text=ABLATION_HELP)
    outcome = ChoiceOrNull(Outcome.choices, help_text=OUTCOME_HELP)
    place_in_queue = PlaceField()
    files_in = serializers.SerializerMethodField()
    via = serializers.ChoiceField(Via.choices, read_only=True)
    interactive = serializers.BooleanField(
        read_only=True, help_text="Whether its input might grow while it ran."
    )

    class Meta(RunOutput.Meta):
        fields = (  # type: ignore[assignment]
            *RunOutput.Meta.fields,
            "place_in_queue",
            "code",
            "stdin",
            "args",
            "files_in",
            "outputs",
            "interactive",
            "read_only",
            "started",
            "via",
            "experiment",
            "ablation",
            "outcome",
        )
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(SentFileOutput(many=True))
    def get_files_in(self, submission: Submission) -> list[dict[str, Any]]:
        return sent_files_of(submission)


class SubmissionSummary(serializers.ModelSerializer[Submission]):
    """A submission in a list: without code and output."""

    verdict = ChoiceOrNull(Verdict.choices, help_text=VERDICT_HELP)
    error = TextOrNull(help_text=ERROR_HELP)
    error_details = ErrorDetailsOutput(read_only=True, allow_null=True, help_text=DETAILS_HELP)
    experiment = TextOrNull(help_text=EXPERIMENT_HELP)
    ablation = TextOrNull(help_text=ABLATION_HELP)
    outcome = ChoiceOrNull(Outcome.choices, help_text=OUTCOME_HELP)
    language = LanguageField(read_only=True)

    class Meta:
        model = Submission
        fields = (
            "id",
            "url",
            "language",
            "status",
            "verdict",
            "error",
            "error_details",
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


@extend_schema_serializer(component_name="RunRequest")
class RunOrder(RunInput):
    """A program to run, its input, and an address to notify."""

    webhook = WebhookField()
    inline_files = StrictBooleanField(
        default=False,
        initial=None,
        help_text="true puts the content of small files that the run gives back into the answer.",
    )
    interactive = InteractiveField()


@extend_schema_serializer(component_name="QueuedSubmission")
class QueuedOutput(serializers.ModelSerializer[Submission]):
    """A queued submission, and where to find it."""

    events = serializers.SerializerMethodField(help_text="The address of its event stream.")
    place_in_queue = PlaceField()

    class Meta:
        model = Submission
        fields = ("id", "status", "place_in_queue", "url", "events")
        read_only_fields = fields

    def get_events(self, submission: Submission) -> str:
        request = self.context["request"]
        return reverse("submission-events", args=[submission.pk], request=request)


# DRF copies every field for each new serializer, which takes longer than to check a request or to show a
# result. Neither changes a field or the serializer, so all requests share these.
@cache
def _order() -> RunOrder:
    return RunOrder()


@cache
def _program() -> RunInput:
    return RunInput()


@cache
def _result() -> RunOutput:
    return RunOutput()


@cache
def _usage() -> UsageOutput:
    return UsageOutput()


def checked_order(data: Any, request: Request) -> Mapping[str, Any]:
    """Check the body of a request for a run. Raises ValidationError."""
    serializer = RunOrder(context={"request": request}) if _asks_who(data) else _order()
    checked: Mapping[str, Any] = serializer.run_validation(data)
    return checked


def checked_program(data: Any, user: User | None = None) -> RunRequest:
    """Check a program and its input. Raises ValidationError. `user` is needed if it may name files."""
    serializer = RunInput(context={"user": user}) if _asks_who(data) else _program()
    return run_request_of(serializer.run_validation(data))


def _asks_who(data: Any) -> bool:
    """Return whether a body has a field whose check depends on the user."""
    return isinstance(data, dict) and not data.keys().isdisjoint(("webhook", "files"))


def result_of(submission: Submission) -> Mapping[str, Any]:
    """Return the JSON of a result, as the API shows it."""
    return _result().to_representation(submission)


def result_with_contents(submission: Submission) -> Mapping[str, Any]:
    """Return the same with the contents of small files."""
    result = result_of(submission)
    return {**result, "files": with_contents(submission, result["files"])}
