"""Accounts in the audit's chain: who was given which rights, renamed or deactivated, by whom; and the
seals of the admin's log.

A change that is made in the admin is an entry at once, with the name of its author's account. Any other
way (a command, the database) is found when the account is next compared with its last entry, and is an
entry without an author. Names are keyed digests: an entry can't be erased, and a name may have to be.
"""

import logging
from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User
from django.db.models import F, Q, QuerySet

from .audit import append, keyed
from .models import Action, AuditEntry, Submission

logger = logging.getLogger(__name__)

VERSION = 1
NOTED = ("name", "is_active", "is_staff", "is_superuser", "groups", "permissions")
"""What an entry says of an account; never to be changed, as with a submission's facts."""
LOGGED = (
    "id",
    "action_time",
    "user_id",
    "content_type_id",
    "object_id",
    "action_flag",
    "change_message",
)
"""What is sealed of an entry of the admin's log. Not `object_repr`: it may hold a name."""
LOOK_BACK = 200
"""Entries of the admin's log that are looked at again: two that are written together may come into
sight in the other order."""
BATCH = 100


def state_of(user: User) -> dict[str, Any]:
    """An account as an entry has it, with each group's permissions: they are the user's."""
    return {
        "name": keyed({"name": user.get_username()}),
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": {group.name: _names(group.permissions.all()) for group in user.groups.all()},
        "permissions": _names(user.user_permissions.all()),
    }


def _names(permissions: "QuerySet[Permission]") -> list[str]:
    return sorted(f"{one.content_type.app_label}.{one.codename}" for one in permissions)


def note(user: User, by: User | None) -> bool:
    """Append how an account is now, if that is not what its last entry says. To be called in the
    transaction of the change."""
    fresh = _with_rights().get(pk=user.pk)
    last = AuditEntry.objects.of(Action.ACCOUNT).filter(data__user=user.pk).first()
    return _note(fresh, last, by)


def note_removed(user: User, by: User | None) -> None:
    """To be called in the transaction that removes an account."""
    data = {"version": VERSION, "user": user.pk, "by": by and by.pk, "changed": ["removed"]}
    append(Action.ACCOUNT, {**data, "removed": True})


def note_found() -> int:
    """Append what was changed on another way than the admin's, of accounts with rights and of those
    that have an entry already; return how many accounts that were."""
    last = _last_notes()
    known = [pk for pk, entry in last.items() if not entry.data.get("removed")]
    has_rights = Q(is_staff=True) | Q(is_superuser=True)
    has_rights |= Q(groups__isnull=False) | Q(user_permissions__isnull=False)
    users = _with_rights().filter(has_rights | Q(pk__in=known)).distinct()
    return sum(_note(user, last.get(user.pk), None) for user in users)


def _note(user: User, last: AuditEntry | None, by: User | None) -> bool:
    state = state_of(user)
    changed = list(NOTED) if last is None else _changed(last, state)
    if not changed:
        return False
    data = {"version": VERSION, "user": user.pk, "by": by and by.pk, "changed": changed}
    append(Action.ACCOUNT, {**data, **state})
    if by is None:
        logger.warning("account %d: found changed: %s", user.pk, ", ".join(changed))
    return True


def _changed(last: AuditEntry, state: dict[str, Any]) -> list[str]:
    return [name for name in NOTED if last.data.get(name) != state[name]]


def _last_notes() -> dict[int, AuditEntry]:
    notes = AuditEntry.objects.of(Action.ACCOUNT).order_by("sequence")
    return {entry.data["user"]: entry for entry in notes.iterator()}


def _with_rights() -> "QuerySet[User]":
    return get_user_model().objects.prefetch_related(
        "groups__permissions__content_type", "user_permissions__content_type"
    )


def seal_admin_log() -> int:
    """Append a seal for each entry of the admin's log that has none; return how many."""
    seals = AuditEntry.objects.of(Action.ADMIN_LOG)[:LOOK_BACK]
    known = {seal.data["log"] for seal in seals}
    entries = LogEntry.objects.exclude(pk__in=known).order_by("pk")
    if len(known) == LOOK_BACK:
        entries = entries.filter(pk__gt=min(known))
    count = 0
    for entry in entries[:BATCH]:
        append(Action.ADMIN_LOG, {"version": VERSION, "log": entry.pk, "digest": _digest(entry)})
        count += 1
    return count


def _digest(entry: LogEntry) -> str:
    return keyed({name: getattr(entry, name) for name in LOGGED})


def differences() -> Iterator[tuple[int, str]]:
    """What is not as the chain has it: the entry's sequence, and a sentence's end."""
    last = _last_notes()
    users = _with_rights().in_bulk([pk for pk, one in last.items() if not one.data.get("removed")])
    for pk, entry in last.items():
        if entry.data.get("removed"):
            continue
        if pk not in users:
            yield entry.sequence, f"account {pk} was removed"
        elif changed := _changed(entry, state_of(users[pk])):
            yield entry.sequence, f"account {pk} was changed: {', '.join(changed)}"
    yield from _renamed(set(last))
    yield from _log_changed()


def _renamed(noted: set[int]) -> Iterator[tuple[int, str]]:
    """Accounts that ran under another name than theirs now, without an entry about it."""
    kinds = (Action.ERASED, Action.ERASURE_ASKED)
    erased = AuditEntry.objects.of(*kinds)
    known = noted | {entry.data["user"] for entry in erased.iterator()}
    others = Submission.objects.exclude(username="").exclude(username=F("user__username"))
    end = AuditEntry.objects.first()
    for pk in others.order_by("user_id").values_list("user_id", flat=True).distinct():
        if pk not in known:
            yield end.sequence if end else 0, f"account {pk} ran under another name"


def _log_changed() -> Iterator[tuple[int, str]]:
    seals = AuditEntry.objects.of(Action.ADMIN_LOG).order_by("sequence")
    for start in range(0, seals.count(), BATCH):
        batch = list(seals[start : start + BATCH])
        there = LogEntry.objects.in_bulk([seal.data["log"] for seal in batch])
        for seal in batch:
            entry = there.get(seal.data["log"])
            if entry is None:
                yield seal.sequence, f"entry {seal.data['log']} of the admin's log was removed"
            elif _digest(entry) != seal.data["digest"]:
                yield seal.sequence, f"entry {entry.pk} of the admin's log was changed"
