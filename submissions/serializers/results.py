"""The results of runs, as the API shows them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.reverse import reverse

from ..lifecycle import queue
from ..lifecycle.models import Isolation, Lane, Outcome, Submission, Verdict, Via
from .fields import ChoiceOrNull, LanguageField, TextOrNull
from .files import FileOutput, SentFileOutput, files_of, sent_files_of, with_contents
from .parts import ErrorDetailsOutput, LimitsOutput, UsageOutput
from .sessions import SessionEndOutput, session_of

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
    session = serializers.SerializerMethodField()
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
            "session",
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

    @extend_schema_field(SessionEndOutput(allow_null=True))
    def get_session(self, submission: Submission) -> dict[str, Any] | None:
        """What the run has left to its session; null without one."""
        return session_of(submission)


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


# As with requests (runs.py): to copy the fields takes longer than to show a result.
@cache
def _result() -> RunOutput:
    return RunOutput()


@cache
def _usage() -> UsageOutput:
    return UsageOutput()


def result_of(submission: Submission) -> Mapping[str, Any]:
    """Return the JSON of a result, as the API shows it."""
    return _result().to_representation(submission)


def result_with_contents(submission: Submission) -> Mapping[str, Any]:
    """Return the same with the contents of small files."""
    result = result_of(submission)
    return {**result, "files": with_contents(submission, result["files"])}
