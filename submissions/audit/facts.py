"""The sealed fields of a submission, and their digest."""

import hmac
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from ..lifecycle.models import Submission

VERSION = 7
"""The version of new seals. An entry without a version is of the first."""
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
WRITTEN_3: dict[str, Any] = {**WRITTEN_2, "error_details": None}
FACTS_4 = (*FACTS, "isolation", "lane", "run_number")
FACTS_5 = (*FACTS_4, "outputs", "files_left_out")
WRITTEN_5: dict[str, Any] = {**WRITTEN_3, "files_in": None, "files_out": None}
WRITTEN_6: dict[str, Any] = {**WRITTEN_5, "session": "", "session_end": None}
FACTS_7 = (*FACTS_5, "attempt")
FACTS_OF = {1: FACTS, 2: FACTS, 3: FACTS, 4: FACTS_4, 5: FACTS_5, 6: FACTS_5, 7: FACTS_7}
WRITTEN_OF = {
    **{1: WRITTEN, 2: WRITTEN_2, 3: WRITTEN_3, 4: WRITTEN_3},
    **{5: WRITTEN_5, 6: WRITTEN_6, 7: WRITTEN_6},
}
"""Fields that a person wrote, or that identify a person, with their values after an erasure. They have a
digest of their own, so that the facts can still be checked after it.

No version of either may change, because existing seals depend on them. A field that is added later needs
a new version of both, and `VERSION` names it; tests hold a digest of each."""


def digest_of(submission: Submission, names: Iterable[str]) -> str:
    """Return the digest of a submission's FACTS, or of what was WRITTEN, as read from the database.

    The digest is keyed, so that nobody can find out what was written by trying guesses.
    """
    return keyed({name: getattr(submission, name) for name in names})


def keyed(values: dict[str, Any]) -> str:
    """Return a keyed digest (HMAC-SHA-256, AUDIT_KEY), the same for the same values from any database."""
    plain = json.dumps(values, sort_keys=True, separators=(",", ":"), default=_plain)
    return hmac.new(settings.AUDIT_KEY.encode(), plain.encode(), "sha256").hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
