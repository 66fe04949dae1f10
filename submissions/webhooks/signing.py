"""Headers and signatures of webhooks, by the Standard Webhooks specification.

A user's secret is derived from WEBHOOK_KEY and a random salt. The salt is stored and the secret is not,
so a copy of the database cannot sign, and there is nothing to decrypt. The secret is shown once, when it
is made; the previous secret stays valid for a day.
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
"""How long the previous secret still signs after a new one is made."""


def make_secret(user: Any) -> str:
    """Make a new secret and return it, to show it once. The previous secret signs for OVERLAP more; the
    one before that ends at once, so two new secrets in a row revoke one that others know."""
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
    """Return the headers of one attempt. All attempts share an id, so a receiver detects repetitions."""
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
    """Sign with each valid secret, the newest first. Without a secret there is no signature."""
    found = WebhookSecret.objects.filter(user_id=user_id).first()
    if found is None:
        return []
    salts = [found.salt]
    if found.previous_until and found.previous_until > now:
        salts.append(found.previous_salt)
    macs = (hmac.digest(_derived(salt), signed, "sha256") for salt in salts)
    return [f"v1,{base64.b64encode(mac).decode()}" for mac in macs]
