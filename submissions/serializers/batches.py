"""What comes in and goes out for clients that do not wait."""

from collections import Counter
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from executor import RunRequest

from ..lifecycle.models import Status, Submission
from ..webhooks import egress
from ..webhooks.models import Batch, Delivery, WebhookSecret
from ..webhooks.signing import secret_of
from .runs import (
    BoundedListField,
    RunInput,
    StrictCharField,
    SubmissionSummary,
    refuse_unknown,
    run_request_of,
)

PROGRAMS = 50
"""In a batch."""


class WebhookField(StrictCharField):
    """Where to send word. Refused for a user who could not verify what comes."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=egress.URL_CHARACTERS,
            help_text="An https:// address that is told when it has finished.",
        )

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        try:
            egress.target_of(url)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
        if secret_of(self.context["request"].user) is None:
            raise serializers.ValidationError(
                "Make a webhook secret first: POST /api/webhook-secret/."
            )
        return url


class RunOrder(RunInput):
    """A program, what it is given, and whom to tell."""

    webhook = WebhookField()

    def to_run_request(self) -> RunRequest:
        checked = self.validated_data
        return run_request_of({name: checked[name] for name in checked if name != "webhook"})


class Programs(BoundedListField):
    """1 to PROGRAMS of them; counted before the first is looked at."""

    def __init__(self) -> None:
        super().__init__(child=RunInput(), help_text=f"1 to {PROGRAMS} programs.")

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and not 1 <= len(data) <= PROGRAMS:
            raise serializers.ValidationError(f"Send 1 to {PROGRAMS} programs.")
        return super().to_internal_value(data)


class BatchInput(serializers.Serializer):
    """Programs that belong together."""

    submissions = Programs()
    webhook = WebhookField()

    def to_internal_value(self, data: Any) -> Any:
        refuse_unknown(data, self.fields)
        return super().to_internal_value(data)

    def to_run_requests(self) -> list[RunRequest]:
        return [run_request_of(checked) for checked in self.validated_data["submissions"]]


class QueuedOutput(serializers.ModelSerializer):
    """A submission that nobody waits for."""

    events = serializers.SerializerMethodField(help_text="Its event stream.")

    class Meta:
        model = Submission
        fields = ("id", "status", "url", "events")
        read_only_fields = fields

    def get_events(self, submission: Submission) -> str:
        request = self.context["request"]
        return reverse("submission-events", args=[submission.pk], request=request)


class DeliveryOutput(serializers.ModelSerializer):
    """A webhook, and how far it has come."""

    class Meta:
        model = Delivery
        fields = (
            "id",
            "submission",
            "batch",
            "url",
            "state",
            "attempts",
            "status_code",
            "problem",
            "due",
            "created",
            "ended",
        )
        read_only_fields = fields


class BatchSummary(serializers.ModelSerializer):
    """A batch in numbers."""

    done = serializers.SerializerMethodField(help_text="All of it has finished.")
    statuses = serializers.SerializerMethodField(help_text="How many there are of each status.")
    verdicts = serializers.SerializerMethodField(help_text="How many there are of each verdict.")

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


class BatchRow(BatchSummary):
    """A batch in the list."""

    class Meta(BatchSummary.Meta):
        fields = (*BatchSummary.Meta.fields, "url")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


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


class EntryResult(serializers.ModelSerializer):
    class Meta:
        model = Submission
        fields = ("id", "verdict")


class BatchResult(BatchSummary):
    """What a webhook tells of a batch."""

    submissions = EntryResult(many=True)

    class Meta(BatchSummary.Meta):
        fields = (*BatchSummary.Meta.fields, "submissions")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class SecretOutput(serializers.ModelSerializer):
    """What there is to know of a webhook secret, but for the secret."""

    class Meta:
        model = WebhookSecret
        fields = ("created", "previous_until")
        read_only_fields = fields


class NewSecretOutput(SecretOutput):
    """A new one, shown this once."""

    secret = serializers.CharField(help_text="whsec_…; deliveries are signed with it.")

    class Meta(SecretOutput.Meta):
        fields = (*SecretOutput.Meta.fields, "secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]
