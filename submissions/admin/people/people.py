"""A person's page: runs and limits, progress in the lab, credentials, and what staff did."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone

from executor import plain_text

from ...accounts.frozen import freeze_of
from ...accounts.isolation import is_strict
from ...accounts.models import ApiToken, Freeze
from ...audit.incidents import LIMITS, per_user, since
from ...audit.models import Action, AuditEntry
from ...files.uploads import bytes_of
from ...lifecycle.columns import LARGE
from ...lifecycle.models import Submission
from ...lifecycle.storage import kept_of
from ..submissions import READ_CHARACTERS, first_line, outcome_badge, verdict_badge
from .freezing import may_freeze, may_unfreeze
from .lab import progress_of

DAYS = 30
"""Period of the numbers."""
RECENT = 15
"""Runs, sessions, tokens and notes: the page is a summary, and lists have the rest."""
FIELDS = {
    "name": "name",
    "is_active": "active",
    "is_staff": "staff",
    "is_superuser": "superuser",
    "groups": "groups",
    "permissions": "permissions",
    "frozen": "frozen",
}


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened to the account."""

    at: datetime
    what: str
    by: str


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the page of an account."""
    if not request.user.has_perm("auth.view_user"):
        raise PermissionDenied
    user = get_object_or_404(User, pk=pk)
    may = request.user.has_perm
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": user.get_username(),
        "person": user,
        "groups": user.groups.order_by("name"),
        "freeze": freeze_of(user),
        "is_strict": is_strict(user),
        "may_freeze": may_freeze(request.user, user),
        "may_unfreeze": may_unfreeze(request.user, user),
        "days": DAYS,
    }
    if may("submissions.view_submission"):
        context |= _runs(user)
    if may("submissions.view_apitoken"):
        context["tokens"] = ApiToken.objects.filter(user=user)[:RECENT]
    if may("usersessions.view_usersession"):
        sessions = UserSession.objects.filter(user=user).order_by("-last_seen_at")[:RECENT]
        context["sessions"] = [(one, plain_text(one.user_agent)) for one in sessions]
    if may("submissions.view_auditentry"):
        context["notes"] = _notes(user)
    return TemplateResponse(request, "admin/person.html", context)


def _runs(user: User) -> dict[str, Any]:
    recent = since(timezone.now() - timedelta(days=DAYS)).filter(user=user)
    counted = per_user(recent)
    last = Submission.objects.filter(user=user).defer(*LARGE)
    rows = last.annotate(beginning=Left("code", READ_CHARACTERS))[:RECENT]
    return {
        "kept": kept_of(user),
        "uploads": bytes_of(user.pk),
        "counts": counted[0] if counted else None,
        "limits": LIMITS,
        "lab": progress_of(user),
        "runs": [
            {
                "run": run,
                "line": first_line(run.beginning),
                "result": verdict_badge(run),
                "outcome": outcome_badge(run.outcome, run.get_outcome_display()),
            }
            for run in rows
        ],
    }


def _notes(user: User) -> list[Note]:
    """Return the freezes with their reasons, and the chain's entries about the account; newest first."""
    notes = []
    for one in Freeze.objects.filter(user=user).select_related("by", "ended_by")[:RECENT]:
        notes.append(Note(one.created, f"Frozen: {one.reason}", _name(one.by)))
        if one.ended:
            notes.append(Note(one.ended, "Unfrozen", _name(one.ended_by)))
    entries = AuditEntry.objects.of(Action.ACCOUNT).filter(data__user=user.pk)[:RECENT]
    authors = User.objects.in_bulk([one.data["by"] for one in entries if one.data.get("by")])
    for entry in entries:
        author = authors.get(entry.data.get("by") or 0)
        notes.append(
            Note(entry.created, f"Entry {entry.sequence}: {_change(entry)}", _name(author))
        )
    return sorted(notes, key=lambda note: note.at, reverse=True)[:RECENT]


def _change(entry: AuditEntry) -> str:
    """Describe the change of an entry. An account's first entry has its whole state."""
    changed = entry.data["changed"]
    if FIELDS.keys() <= set(changed):
        return "the account's state, for the first time"
    return "changed " + ", ".join(FIELDS.get(name, name) for name in changed)


def _name(user: User | None) -> str:
    return user.get_username() if user else "not known"
