"""End the sessions of an account."""

from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session


def follow(user: User, before: str | None, key: str | None) -> None:
    """Note that a session of this user has another key now. `end_all` ends only those that are known."""
    if key and key != before:
        known = apps.get_model("usersessions.UserSession").objects
        known.filter(user=user, session_key=before).update(session_key=key)


def end_all(user: User) -> None:
    """Log an account's user out everywhere."""
    known = apps.get_model("usersessions.UserSession").objects.filter(user=user)
    keys = list(known.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    known.delete()
