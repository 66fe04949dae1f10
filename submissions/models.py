"""The tables of all packages, imported here because Django looks for them here."""

from .accounts import models as accounts
from .audit import models as audit
from .dialects.judge0 import models as judge0
from .dispatch import models as dispatch
from .files import models as files
from .lifecycle import idempotency
from .lifecycle import models as lifecycle
from .quotas import models as quotas
from .sharing import models as sharing
from .webhooks import models as webhooks

__all__ = [
    "accounts",
    "audit",
    "dispatch",
    "files",
    "idempotency",
    "judge0",
    "lifecycle",
    "quotas",
    "sharing",
    "webhooks",
]
