"""How code is run here, noted in the chain when it changes."""

import json

from django.conf import settings

from executor import settings_snapshot

from .chain import append
from .models import Action, AuditEntry


def record_settings() -> bool:
    """Notes how code is run here, if that has changed since the last note. There is no secret in it."""
    values = json.loads(
        json.dumps({**settings_snapshot(), **{name: getattr(settings, name) for name in NOTED}})
    )
    last = AuditEntry.objects.of(Action.SETTINGS).first()
    if last is not None and last.data == values:
        return False
    append(Action.SETTINGS, values)
    return True


NOTED = (
    "DEBUG",
    "RUN_RATE",
    "RUN_MAX_PER_USER",
    "SIGNUP_OPEN",
    "TOKEN_DAYS",
    "ALLOWED_HOSTS",
    "RETENTION_DAYS",
    "AUDIT_HOLD_DAYS",
    "AUDIT_HOLD_INCIDENT_DAYS",
    "STORAGE_BYTES_PER_DAY",
)
"""Of the site's own settings, those that decide who may do what."""
