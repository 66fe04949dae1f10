"""Webhooks: address, deliveries and secret."""

from typing import Any

from rest_framework import serializers

from ..webhooks import egress
from ..webhooks.models import Delivery, WebhookSecret
from ..webhooks.signing import secret_of
from .fields import StrictCharField, TextOrNull


class WebhookField(StrictCharField):
    """An address to notify. Refused if the user has no secret and so could not verify a notification."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=egress.URL_CHARACTERS,
            help_text="An https:// address that is notified at the end.",
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


class DeliveryOutput(serializers.ModelSerializer[Delivery]):
    """A webhook's delivery and its state."""

    problem = TextOrNull(
        help_text="Why there was no answer; null if there was one, or no attempt yet."
    )

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


class SecretOutput(serializers.ModelSerializer[WebhookSecret]):
    """When the webhook secret was made, without the secret itself."""

    class Meta:
        model = WebhookSecret
        fields = ("created", "previous_until")
        read_only_fields = fields


class NewSecretOutput(SecretOutput):
    """A new webhook secret; this answer is the only one that has it."""

    secret = serializers.CharField(help_text="The key of the signatures, whsec_….")

    class Meta(SecretOutput.Meta):
        fields = (*SecretOutput.Meta.fields, "secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]
