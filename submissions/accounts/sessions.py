"""End the sessions of an account."""

from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session

MOST = 100
"""Sessions of one account. A class may share one."""


def follow(user: User, before: str | None, key: str | None) -> None:
    """Note that a session of this user has another key now. `end_all` ends only those that are known."""
    if key and key != before:
        known = apps.get_model("usersessions.UserSession").objects
        known.filter(user=user, session_key=before).update(session_key=key)


def end_oldest(user: User) -> None:
    """Keep the newest MOST sessions: each is looked at whenever the user logs in or lists them."""
    known = apps.get_model("usersessions.UserSession").objects.filter(user=user)
    oldest = known.order_by("-created_at", "-pk")[MOST:]
    keys = dict(oldest.values_list("pk", "session_key"))
    if keys:
        Session.objects.filter(session_key__in=keys.values()).delete()
        known.filter(pk__in=keys).delete()


def end_all(user: User) -> None:
    """Log an account's user out everywhere."""
    known = apps.get_model("usersessions.UserSession").objects.filter(user=user)
    keys = list(known.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    known.delete()
