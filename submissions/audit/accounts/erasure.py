"""Delete an account: hide its content at once, and erase it after a hold.

An attacker who deletes their account does not remove the evidence. The content of their submissions is
kept for AUDIT_HOLD_DAYS. It is kept longer (AUDIT_HOLD_INCIDENT_DAYS) for runs that hit a limit, and for
all runs of an account with a breach. Only staff see it, in the audit. The chain has an entry of the
request and one of the erasure (docs/decisions/0022-erasing-an-account.md).
"""

import logging
import secrets
from datetime import datetime
from math import inf
from time import monotonic
from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ...accounts.usernames import RESERVED_PREFIXES
from ...files import store
from ...lifecycle.errors import TooManyRuns
from ...lifecycle.models import Submission
from ...periodic import let_others_write
from .. import chain, facts
from ..models import Action
from ..queries import sealed
from . import account_notes, belongings, holds

logger = logging.getLogger(__name__)

VERSION = 2
"""The version of an erasure's entry. The first knew no hold."""
AT_ONCE_SECONDS = 5.0
"""How long a request to delete an account erases."""
BATCH = 200
"""Rows emptied in one transaction, so that requests write in between."""

FILES_BATCH = 10
"""Submissions whose files are removed in one transaction: each may have sixteen megabytes."""


def delete_account(user: User) -> datetime | None:
    """Close an account and hide what its user wrote.

    Returns when the last of it will be erased; None if there is nothing. Raises TooManyRuns while a
    submission is under way.
    """
    with transaction.atomic():
        locked = get_user_model().objects.select_for_update().get(pk=user.pk)
        own = Submission.objects.filter(user=locked)
        if own.in_flight().exists():
            raise TooManyRuns("A submission of yours is under way; wait or stop it.", retry_after=1)
        is_noted = account_notes.is_noted(locked)  # read before the rights are removed
        belongings.remove(locked)
        _make_nameless(locked)
        # It appends to the chain, and until our end nobody else does.
        last = holds.begin(locked)
        if is_noted:
            account_notes.note_closed(locked)
    _erase_at_once(locked)
    return last


def _erase_at_once(user: User) -> None:
    """Erase what has no hold, or much of it: somebody waits, and housekeeping continues.

    So a failure is only logged.
    """
    end = monotonic() + AT_ONCE_SECONDS
    try:
        belongings.remove_rest(user.pk, seconds=AT_ONCE_SECONDS)
        erase_due(user.pk, seconds=end - monotonic())
    except Exception:  # whatever it is, the account is closed
        logger.exception("account %d is closed; its content is left to housekeeping", user.pk)


def _make_nameless(user: User) -> None:
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(user), object_id=str(user.pk)
    )
    about.update(object_repr=f"account {user.pk}")  # the representation was the name
    # Sign-up refuses the prefix, so this name is free.
    user.username = f"{RESERVED_PREFIXES[0]}{secrets.token_hex(16)}"
    user.email = user.first_name = user.last_name = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()


def erase_due(of_user: int | None = None, *, seconds: float = inf) -> int:
    """Erase the content of all submissions, or of that user's, whose hold has ended; return how many.
    After that time it leaves the rest.

    Each erasure is an entry of the chain.
    """
    # By `owner`, because SQLite would use an index for `user` and read what is erased already.
    rows: Any = Submission.objects.annotate(owner=F("user_id") + 0)
    if of_user is not None:
        rows = rows.filter(owner=of_user)
    if not rows.filter(held_until__lte=timezone.now()).exists():
        return 0
    chain.seal()  # so that the chain has a digest of what is erased
    count = 0
    began = monotonic()
    end = began + seconds
    while began <= end and (some := _erase_some(rows)):
        count += some
        began = let_others_write(began)
    return count


def _erase_some(rows: Any) -> int:
    """Erase up to BATCH submissions of one user; return how many.

    The rows are locked, so another process that erases at the same time finds them empty.
    """
    now = timezone.now()
    due = sealed(rows.filter(held_until__lte=now)).order_by("held_until")
    first = due.values_list("user_id", flat=True).first()
    keys = list(due.filter(owner=first).values_list("pk", flat=True)[:BATCH])
    _remove_files(keys)
    with transaction.atomic():
        still_due = due.filter(pk__in=keys).select_for_update(of=("self",))
        if not (locked := list(still_due.values_list("pk", flat=True))):
            return 0
        values = {**facts.WRITTEN_OF[facts.VERSION], "held_until": None, "erased": now}
        count = Submission.written.filter(pk__in=locked, held_until__lte=now).update(**values)
        store.remove_all(locked)
        chain.append(Action.ERASED, {"version": VERSION, "user": first, "count": count})
    return count


def _remove_files(keys: list[UUID]) -> None:
    """Remove the files of submissions, a few in each transaction: together they may be gigabytes."""
    having = store.having_files(keys)
    for start in range(0, len(having), FILES_BATCH):
        began = monotonic()
        with transaction.atomic():
            store.remove_all(having[start : start + FILES_BATCH])
        let_others_write(began)
