"""What is sealed of a submission, and its digest."""

import hmac
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from ..lifecycle.models import Submission

VERSION = 2
"""Of the seals that are made now. An entry without a version is of the first."""
FACTS = (
    "id",
    "user_id",
    "language",
    "read_only",
    "limits",
    "status",
    "verdict",
    "exit_code",
    "signal",
    "truncated",
    "evidence",
    "wall_ms",
    "cpu_ms",
    "memory_peak_bytes",
    "experiment",
    "ablation",
    "outcome",
    "finding",
    "image",
    "sandbox",
    "warm",
    "worker",
    "created",
    "started",
    "finished",
    "via",
)
WRITTEN: dict[str, Any] = {
    "code": "",
    "stdin": "",
    "args": [],
    "stdout": "",
    "stderr": "",
    "error": "",
    "client_address": None,
    "user_agent": "",
    "token_key": "",
}
WRITTEN_2: dict[str, Any] = {**WRITTEN, "username": ""}
WRITTEN_OF = {1: WRITTEN, 2: WRITTEN_2}
"""What a person wrote, or what tells who they are, has a digest of its own, apart from the facts: so what
stays can still be checked where that has had to go (the values are those that it then has).

Neither the facts nor any version of these may change: what was sealed was sealed with them. A field that
is added later needs another version; tests hold a digest of each."""


def digest_of(submission: Submission, names: Iterable[str]) -> str:
    """Of a submission as it was read from the database: of its FACTS, or of what was WRITTEN. Keyed, so
    that nobody finds out what was written by trying what it might have been."""
    return keyed({name: getattr(submission, name) for name in names})


def keyed(values: dict[str, Any]) -> str:
    """A keyed digest (HMAC-SHA-256, AUDIT_KEY): the same for the same values, whichever database they
    come from."""
    plain = json.dumps(values, sort_keys=True, separators=(",", ":"), default=_plain)
    return hmac.new(settings.AUDIT_KEY.encode(), plain.encode(), "sha256").hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
