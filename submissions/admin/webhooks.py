"""The admin's view of webhook deliveries."""

from django.contrib import admin

from executor import plain_text

from ..webhooks.models import Delivery
from .read_only import ReadOnlyAdmin


class DeliveryAdmin(ReadOnlyAdmin):
    list_title = "Webhook deliveries"
    list_display = (
        "shown_created",
        "user",
        "state",
        "attempts",
        "status_code",
        "problem",
        "shown_url",
    )
    list_filter = ("state", "status_code", "created")
    list_select_related = ("user",)
    search_fields = ("id", "user__username", "url")
    fields = (
        "id",
        "user",
        "submission",
        "batch",
        "shown_url",
        "state",
        "attempts",
        "status_code",
        "problem",
        "due",
        "lease",
        "created",
        "ended",
    )

    @admin.display(description="created (UTC)", ordering="created")
    def shown_created(self, delivery: Delivery) -> str:
        return f"{delivery.created:%Y-%m-%d %H:%M}"

    @admin.display(description="address")
    def shown_url(self, delivery: Delivery) -> str:
        return plain_text(delivery.url)
