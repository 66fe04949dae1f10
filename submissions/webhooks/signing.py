"""What webhooks carry and how they are signed, by the Standard Webhooks specification.

A user's secret is derived from WEBHOOK_KEY and a random salt. The salt is stored and the secret is
not: who reads the database can sign nothing, and there is nothing to decrypt. It is shown once, when
it is made; making another leaves the one before it valid for a day.
"""

import base64
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from .models import Delivery, WebhookSecret

PREFIX = "whsec_"
OVERLAP = timedelta(days=1)
"""How long the secret before the newest one still signs."""


def make_secret(user: Any) -> str:
    """A new secret, to be shown this once. The one before it goes on for OVERLAP; the one before that
    ends, so making two in a row is the way to be rid of one that others know."""
    salt = secrets.token_hex(32)
    with transaction.atomic():
        before = WebhookSecret.objects.select_for_update().filter(user=user).first()
        WebhookSecret.objects.update_or_create(
            user=user,
            defaults={
                "salt": salt,
                "created": timezone.now(),
                "previous_salt": before.salt if before else "",
                "previous_until": timezone.now() + OVERLAP if before else None,
            },
        )
    return PREFIX + base64.b64encode(_derived(salt)).decode()


def secret_of(user: Any) -> WebhookSecret | None:
    return WebhookSecret.objects.filter(user=user).first()


def _derived(salt: str) -> bytes:
    return hmac.digest(settings.WEBHOOK_KEY.encode(), f"webhook secret {salt}".encode(), "sha256")


def headers(delivery: Delivery, body: bytes, now: datetime) -> dict[str, str]:
    """The same id for each attempt, so that a receiver can tell a repetition."""
    identifier, moment = f"msg_{delivery.pk.hex}", str(int(now.timestamp()))
    signed = f"{identifier}.{moment}.".encode() + body
    return {
        "Content-Type": "application/json",
        "User-Agent": "safe-code-executor",
        "webhook-id": identifier,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(_signatures(delivery.user_id, signed, now)),
    }


def _signatures(user_id: int, signed: bytes, now: datetime) -> list[str]:
    """By each secret that is valid, the newest first; none if the user has none (any more)."""
    found = WebhookSecret.objects.filter(user_id=user_id).first()
    if found is None:
        return []
    salts = [found.salt]
    if found.previous_until and found.previous_until > now:
        salts.append(found.previous_salt)
    macs = (hmac.digest(_derived(salt), signed, "sha256") for salt in salts)
    return [f"v1,{base64.b64encode(mac).decode()}" for mac in macs]
