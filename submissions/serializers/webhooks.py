"""Webhooks, their deliveries and their secret."""

from typing import Any

from rest_framework import serializers

from ..webhooks import egress
from ..webhooks.models import Delivery, WebhookSecret
from ..webhooks.signing import secret_of
from .fields import StrictCharField


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


class SecretOutput(serializers.ModelSerializer):
    """Whether there is a webhook secret, and since when; not the secret itself."""

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
