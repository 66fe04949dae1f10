"""Accounts in the audit's chain: changes of rights, names and activity, and the seals of the admin's log.

A change in the admin is an entry at once, with the id of its author's account. A change on another way (a
command, the database) is found when the account is next compared with its last entry; its entry has no
author. Names are keyed digests, because an entry can't be erased and a name may have to be.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User
from django.db.models import BigIntegerField, F, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from ...accounts.models import Freeze
from ...lifecycle.models import Submission
from ..chain import Draft, append, append_found
from ..facts import keyed
from ..models import Action, AuditEntry

logger = logging.getLogger(__name__)

VERSION = 2
"""The first version knew no freezing: its entries stand for accounts that are not frozen."""
NOTED = ("name", "is_active", "is_staff", "is_superuser", "groups", "permissions", "frozen")
"""The fields of an account in an entry. None may be removed or get another meaning; a new one needs a
default for older entries."""
BEFORE = {"frozen": ""}
"""The defaults of fields that older entries lack."""
LOGGED = (
    "id",
    "action_time",
    "user_id",
    "content_type_id",
    "object_id",
    "action_flag",
    "change_message",
)
"""The sealed fields of an entry of the admin's log. Without `object_repr`, which may hold a name."""
LOOK_BACK = 200
"""How many entries of the admin's log are read again: two that are written together may appear in the
other order."""
BATCH = 100


def state_of(user: User) -> dict[str, Any]:
    """Return an account's fields as an entry stores them, with the permissions of its groups."""
    return {
        "name": keyed({"name": user.get_username()}),
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": {group.name: _names(group.permissions.all()) for group in user.groups.all()},
        "permissions": _names(user.user_permissions.all()),
        "frozen": _frozen(user),
    }


def _frozen(user: User) -> str:
    """Return a digest of the reason; empty if the account is not frozen. The reason may name a person."""
    freezes: list[Freeze] = [one for one in user.freezes.all() if one.ended is None]
    return keyed({"reason": freezes[0].reason}) if freezes else ""


def _names(permissions: "QuerySet[Permission]") -> list[str]:
    return sorted(f"{one.content_type.app_label}.{one.codename}" for one in permissions)


def note(user: User, by: User | None) -> int:
    """Append an account's state if it differs from its last entry.

    Call this in the transaction of the change.
    """
    return note_all([user], by)


def note_all(users: Iterable[User], by: User | None) -> int:
    """Do the same for many accounts, together; return how many of them have changed."""
    keys = [user.pk for user in users]
    return append_found(lambda: list(_drafts(keys, by)))


def is_noted(user: User) -> bool:
    """Return whether an account has rights, or an entry."""
    entries = AuditEntry.objects.of(Action.ACCOUNT).filter(data__user=user.pk)
    return entries.exists() or _have_rights().filter(pk=user.pk).exists()


def note_closed(user: User) -> None:
    """Append an account's state after its user has deleted it.

    `note_found` skips it from then on, unless it gets rights; `audit_verify` checks it.
    """
    append_found(lambda: list(_drafts([user.pk], user, closed=True)))


def note_removed(user: User, by: User | None) -> None:
    """Append the removal of an account; call this in the same transaction."""
    data = {"version": VERSION, "user": user.pk, "by": by and by.pk, "changed": ["removed"]}
    append(Action.ACCOUNT, {**data, "removed": True})


def note_found() -> int:
    """Append the changes that were not made in the admin; return how many accounts have changed.

    It compares the accounts that have rights, and those that have an entry.
    """
    last = _last_notes(but_closed=True)
    keys = sorted({*last, *_have_rights().values_list("pk", flat=True)})
    # The admin may be changing an account at this moment, so `note_all` compares it again.
    return sum(
        note_all([user for user, entry in batch if _changed(entry, state_of(user))], by=None)
        for batch in _with_entries(keys, last)
    )


def _drafts(keys: list[int], by: User | None, *, closed: bool = False) -> Iterator[Draft]:
    """Yield an entry for each account that differs from its last one."""
    for batch in _with_entries(keys, _last_notes() if keys else {}):
        for user, entry in batch:
            state = state_of(user)
            changed = _changed(entry, state)
            if not changed:
                continue
            data = {"version": VERSION, "user": user.pk, "by": by and by.pk, "changed": changed}
            if closed:
                data["closed"] = True
            yield Draft(action=Action.ACCOUNT, data={**data, **state})
            if by is None:
                logger.warning("account %d: found changed: %s", user.pk, ", ".join(changed))


def _changed(last: AuditEntry | None, state: dict[str, Any]) -> list[str]:
    if last is None:
        return list(NOTED)
    return [name for name in NOTED if last.data.get(name, BEFORE.get(name)) != state[name]]


def _last_notes(*, but_closed: bool = False) -> dict[int, int]:
    """Return the sequence of each account's last entry, without accounts that were removed."""
    notes = AuditEntry.objects.of(Action.ACCOUNT).order_by("sequence")
    found: dict[int, int] = {}
    rows = notes.values_list("data__user", "sequence", "data__removed", "data__closed")
    for user, sequence, removed, closed in rows.iterator():
        found[user] = sequence
        if removed or (closed and but_closed):
            del found[user]
    return found


def _with_entries(
    keys: list[int], last: dict[int, int]
) -> Iterator[list[tuple[User, AuditEntry | None]]]:
    """Yield the accounts that exist, each with its last entry.

    They come in batches, because a statement may have a limited number of parameters.
    """
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        entries = AuditEntry.objects.in_bulk([last[key] for key in batch if key in last])
        users = _with_rights().filter(pk__in=batch).order_by("pk")
        yield [(user, entries.get(last.get(user.pk, 0))) for user in users]


def _have_rights() -> "QuerySet[User]":
    ways = Q(is_staff=True) | Q(is_superuser=True)
    ways |= Q(groups__isnull=False) | Q(user_permissions__isnull=False)
    return get_user_model().objects.filter(ways).distinct()


def _with_rights() -> "QuerySet[User]":
    return get_user_model().objects.prefetch_related(
        "groups__permissions__content_type", "user_permissions__content_type", "freezes"
    )


def seal_admin_log() -> int:
    """Append seals for up to BATCH entries of the admin's log that have none; return how many."""
    seals = list(AuditEntry.objects.of(Action.ADMIN_LOG)[:LOOK_BACK])
    known = {seal.data["log"] for seal in seals}
    fresh = LogEntry.objects.exclude(pk__in=known)
    if len(seals) == LOOK_BACK:
        fresh = fresh.filter(pk__gt=min(known))
    # Each round reads the last seals only; if there is something new, `_log_drafts` reads all of them.
    return append_found(_log_drafts) if fresh.exists() else 0


def _log_drafts() -> list[Draft]:
    number = Cast(KeyTextTransform("log", "data"), BigIntegerField())
    sealed = AuditEntry.objects.of(Action.ADMIN_LOG).order_by().annotate(number=number)
    numbers = sealed.filter(number__isnull=False).values("number")
    return [
        Draft(
            action=Action.ADMIN_LOG,
            data={"version": VERSION, "log": entry.pk, "digest": _digest(entry)},
        )
        for entry in LogEntry.objects.exclude(pk__in=numbers).order_by("pk")[:BATCH]
    ]


def _digest(entry: LogEntry) -> str:
    return keyed({name: getattr(entry, name) for name in LOGGED})


def differences() -> Iterator[tuple[int, str]]:
    """Yield each difference from the chain: the sequence of an entry, and a sentence about it."""
    last = _last_notes()
    as_noted = {
        user.pk
        for batch in _with_entries(list(last), last)
        for user, entry in batch
        if not _changed(entry, state_of(user))
    }
    for pk in last:
        if pk not in as_noted:
            yield from _difference(pk)
    yield from _renamed()
    yield from _log_changed()


def _difference(pk: int) -> Iterator[tuple[int, str]]:
    """Compare an account with its last entry again; yield the difference if there still is one."""
    # The account is read first: its entry is stored with it, so the later query finds that entry.
    user = _with_rights().filter(pk=pk).first()
    entry = AuditEntry.objects.of(Action.ACCOUNT).filter(data__user=pk).first()
    if entry is None or entry.data.get("removed"):
        return
    if user is None:
        yield entry.sequence, f"account {pk} was removed"
    elif changed := _changed(entry, state_of(user)):
        yield entry.sequence, f"account {pk} was changed: {', '.join(changed)}"


def _renamed() -> Iterator[tuple[int, str]]:
    """Yield accounts that ran under another name than now, without an entry about the change."""
    others = Submission.objects.exclude(username="").exclude(username=F("user__username"))
    # The names are read first: an entry about a name is stored with it, so the later query finds it.
    found = list(others.order_by("user_id").values_list("user_id", flat=True).distinct())
    about = AuditEntry.objects.of(Action.ERASED, Action.ERASURE_ASKED, Action.ACCOUNT)
    known = set(about.values_list("data__user", flat=True)) if found else set()
    end = AuditEntry.objects.first()
    for pk in found:
        if pk not in known:
            yield end.sequence if end else 0, f"account {pk} ran under another name"


def _log_changed() -> Iterator[tuple[int, str]]:
    """Yield the entries of the admin's log that were changed or removed after they were sealed."""
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
