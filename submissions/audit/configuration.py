"""Append the settings under which code runs to the chain when they change."""

import json

from django.conf import settings

from executor import settings_snapshot

from .chain import append
from .models import Action, AuditEntry


def record_settings() -> bool:
    """Append the settings if they differ from the last entry; return whether they did.

    None of them is a secret.
    """
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
    "EXECUTOR_DIALECTS",
    "RUN_RATE",
    "RUN_MAX_PER_USER",
    "SIGNUP_OPEN",
    "TOKEN_DAYS",
    "ALLOWED_HOSTS",
    "RETENTION_DAYS",
    "FILES_RETENTION_DAYS",
    "AUDIT_HOLD_DAYS",
    "AUDIT_HOLD_INCIDENT_DAYS",
    "STORAGE_BYTES_PER_DAY",
)
"""The site's settings that decide who may do what."""
