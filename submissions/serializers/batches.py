"""Batches, as the API reads and writes them."""

from collections import Counter
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from executor import RunRequest

from ..lifecycle.models import Batch, Status, Submission, Verdict
from ..webhooks.models import Delivery
from .fields import BoundedListField, ChoiceOrNull, StrictSerializer
from .results import SubmissionSummary
from .runs import RunInput, run_request_of
from .webhooks import DeliveryOutput, WebhookField

PROGRAMS = 50
"""The most in a batch."""
IN_NO_ORDER = "Not in a batch, whose programs run in no order: queue them one after another."


class Programs(BoundedListField):
    """1 to PROGRAMS programs; their number is checked before the first of them."""

    def __init__(self) -> None:
        sentence = f"Send 1 to {PROGRAMS} programs."
        super().__init__(
            child=RunInput(),
            initial=[{"code": "print(6 * 7)"}, {"code": "print(input())", "stdin": "Hello\n"}],
            help_text=f"1 to {PROGRAMS} programs.",
            error_messages=dict.fromkeys(("required", "null", "not_a_list", "length"), sentence),
        )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and not 1 <= len(data) <= PROGRAMS:
            self.fail("length")
        checked = super().to_internal_value(data)
        errors: dict[Any, Any] = {
            n: {"session": [IN_NO_ORDER]} for n, one in enumerate(checked) if one.get("session")
        }
        if errors:
            raise serializers.ValidationError(errors)
        return checked


@extend_schema_serializer(component_name="BatchRequest")
class BatchInput(StrictSerializer):
    """The programs of a batch, and an address to notify."""

    default_error_messages = {
        "invalid": 'Send a JSON object such as {{"submissions": [{{"code": "print(1)"}}]}}.'
    }

    submissions = Programs()
    webhook = WebhookField()

    def to_run_requests(self) -> list[RunRequest]:
        return [run_request_of(checked) for checked in self.validated_data["submissions"]]


@extend_schema_serializer(component_name="BatchNumbers")
class BatchSummary(serializers.ModelSerializer[Batch]):
    """The state of a batch, in numbers."""

    done = serializers.SerializerMethodField(help_text="All submissions have finished.")
    statuses = serializers.SerializerMethodField(help_text="Number of submissions by status.")
    verdicts = serializers.SerializerMethodField(help_text="Number of submissions by verdict.")

    class Meta:
        model = Batch
        fields = ("id", "done", "statuses", "verdicts", "created")
        read_only_fields = fields

    def get_done(self, batch: Batch) -> bool:
        return all(one.status == Status.FINISHED for one in batch.submissions.all())

    def get_statuses(self, batch: Batch) -> dict[str, int]:
        counts = Counter(one.status for one in batch.submissions.all())
        return {status.value: counts[status.value] for status in Status}

    def get_verdicts(self, batch: Batch) -> dict[str, int]:
        return dict(Counter(one.verdict for one in batch.submissions.all() if one.verdict))


@extend_schema_serializer(component_name="BatchSummary")
class BatchRow(BatchSummary):
    """A batch in the list."""

    class Meta(BatchSummary.Meta):
        fields = (*BatchSummary.Meta.fields, "url")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


@extend_schema_serializer(component_name="Batch")
class BatchDetail(BatchRow):
    """A batch with its submissions, in the order of the request."""

    submissions = SubmissionSummary(many=True)
    webhook = serializers.SerializerMethodField()

    class Meta(BatchRow.Meta):
        fields = (*BatchRow.Meta.fields, "submissions", "webhook")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(DeliveryOutput(allow_null=True))
    def get_webhook(self, batch: Batch) -> Any:
        delivery = Delivery.objects.filter(batch=batch).first()
        return delivery and DeliveryOutput(delivery).data


class EntryResult(serializers.ModelSerializer[Submission]):
    """A submission in the notification of a batch."""

    verdict = ChoiceOrNull(Verdict.choices)

    class Meta:
        model = Submission
        fields = ("id", "verdict")


class BatchResult(BatchSummary):
    """A finished batch, in a webhook's notification."""

    submissions = EntryResult(many=True)

    class Meta(BatchSummary.Meta):
        fields = (*BatchSummary.Meta.fields, "submissions")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]
