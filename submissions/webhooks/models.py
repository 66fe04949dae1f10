"""Webhooks: deliveries, and the secrets that sign them.

The audit seals none of these rows: its facts are the submission's, and these rows only point to it.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from ..lifecycle.models import Batch, OwnedQuerySet


class WebhookSecret(models.Model):
    """The salt of a user's signing secret. The secret itself is not stored: it is derived from
    WEBHOOK_KEY and the salt (signing.py), so the database alone cannot sign."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    salt = models.CharField(max_length=64)
    created = models.DateTimeField(default=timezone.now)
    previous_salt = models.CharField(max_length=64, blank=True)
    previous_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then deliveries are signed with both."
    )

    def __str__(self) -> str:
        return f"webhook secret of {self.created:%Y-%m-%d %H:%M:%S}"


class DeliveryState(models.TextChoices):
    """The state of a delivery."""

    PENDING = "pending", "Pending"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


class Delivery(models.Model):
    """A notification that a URL receives when a submission, or a batch, has finished.

    It is stored with its submission or batch, in the same transaction. No column records that it is due:
    it is due as soon as those rows have finished (sender.py), so finishing code cannot forget it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries"
    )
    submission = models.OneToOneField(
        "submissions.Submission", on_delete=models.CASCADE, null=True, related_name="delivery"
    )
    batch = models.OneToOneField(
        Batch, on_delete=models.CASCADE, null=True, related_name="delivery"
    )
    url = models.CharField(max_length=500)

    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Begun so far.")
    due = models.DateTimeField(default=timezone.now, help_text="Not before then.")
    lease = models.DateTimeField(
        null=True, blank=True, help_text="Until then the process that sends it holds it."
    )
    status_code = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of the last answer."
    )
    problem = models.CharField(
        max_length=120, blank=True, help_text="Why there was no answer the last time."
    )
    created = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True, blank=True, help_text="Delivered, or given up.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ("-created",)
        verbose_name_plural = "deliveries"
        indexes = (
            models.Index(fields=("user", "-created"), name="delivery_user_created"),
            models.Index(
                fields=("due",),
                name="delivery_pending",
                condition=models.Q(state=DeliveryState.PENDING),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="delivery_is_about_one",
                condition=models.Q(submission=None, batch__isnull=False)
                | models.Q(submission__isnull=False, batch=None),
            ),
        )

    def __str__(self) -> str:
        return f"delivery of {self.created:%Y-%m-%d %H:%M:%S}"
