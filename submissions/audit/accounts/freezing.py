"""Freeze and unfreeze an account. Each is an entry of the chain and a line of the admin's log.

A frozen account cannot log in, use a token, or store a run; its sessions end. The caller ends the runs
that are under way, after this has been committed (orders.py, `close_runs`). accounts/frozen.py has what
the user reads (docs/decisions/0111-freezing-with-a-reason.md).
"""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ...accounts import sessions
from ...accounts.models import Freeze
from . import account_notes


def freeze(user: User, *, reason: str, by: User) -> bool:
    """Freeze an active account; return whether it was active.

    Not an inactive one: to unfreeze it later would reopen an account that staff with more rights have
    closed, or that its user has deleted.
    """
    with transaction.atomic():
        locked = _locked(user)
        if not locked.is_active:
            return False
        Freeze.objects.create(user=locked, reason=reason, by=by)
        _set_active(locked, by, is_active=False)
        sessions.end_all(locked)
    return True


def unfreeze(user: User, *, by: User) -> bool:
    """Unfreeze an account; return whether it was frozen."""
    with transaction.atomic():
        locked = _locked(user)
        if not end_freeze(locked, by=by):
            return False
        _set_active(locked, by, is_active=True)
    return True


def end_freeze(user: User, *, by: User) -> bool:
    """Mark the freeze of an account as ended; return whether there was one."""
    current = Freeze.objects.filter(user=user, ended=None)
    return current.update(ended=timezone.now(), ended_by=by) == 1


def _locked(user: User) -> User:
    found: User = get_user_model().objects.select_for_update().get(pk=user.pk)
    return found


def _set_active(user: User, by: User, *, is_active: bool) -> None:
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    account_notes.note(user, by=by)
    LogEntry.objects.log_actions(
        user_id=by.pk,
        queryset=[user],
        action_flag=CHANGE,
        change_message="Unfrozen." if is_active else "Frozen.",
        single_object=True,
    )
