"""Deliveries that wait to be sent: added in the transaction of what they are about, and found again."""

from math import ceil
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, F, Min, QuerySet
from django.utils import timezone

from ..lifecycle.errors import TooManyDeliveries
from ..lifecycle.models import Batch, Submission
from .models import Delivery, DeliveryState

PENDING_MAX = 1000
"""Of a user. They are added faster than a server that does not answer can be waited for."""
RETRY_SECONDS = 60
"""The least Retry-After."""


def pending() -> QuerySet[Any]:
    """Select the deliveries that wait to be sent, of each user by the annotation `owner`.

    SQLite would use an index for `user`, and that one holds all that was ever sent.
    """
    waiting = Delivery.objects.filter(state=DeliveryState.PENDING)
    found: QuerySet[Any] = waiting.annotate(owner=F("user_id") + 0)
    return found


def add(
    user: User, url: str, *, submission: Submission | None = None, batch: Batch | None = None
) -> None:
    """Add a delivery. Raises TooManyDeliveries if PENDING_MAX of this user wait already, until the first
    of them is tried again."""
    found = pending().filter(owner=user.pk).aggregate(count=Count("pk"), first=Min("due"))
    if found["count"] >= PENDING_MAX:
        seconds = ceil((found["first"] - timezone.now()).total_seconds())
        raise TooManyDeliveries(
            f"{PENDING_MAX} of your webhooks wait already: your server has not taken them.",
            retry_after=max(RETRY_SECONDS, seconds),
        )
    Delivery.objects.create(user=user, submission=submission, batch=batch, url=url)
