"""End the sessions of an account."""

from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session


def end_all(user: User) -> None:
    """Log an account's user out everywhere."""
    known = apps.get_model("usersessions.UserSession").objects.filter(user=user)
    keys = list(known.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    known.delete()
