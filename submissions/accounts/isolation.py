"""Whether all runs of a user get containers of their own.

The deployment, the user and the request each may ask for it, and none can take it back: a run shares a
container only if all three leave it open.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from executor import RunRequest

from .models import OwnContainers

# Fixed, since every run waits for it: docs/decisions/0137.
IS_STRICT = f'SELECT count(*) FROM "{OwnContainers._meta.db_table}" WHERE user_id = %s'  # noqa: S608


def is_strict(user: User) -> bool:
    """Return whether the user has asked for a container for each run."""
    with connection.cursor() as cursor:
        cursor.execute(IS_STRICT, [user.pk])
        return bool(cursor.fetchone()[0])


def make_strict(user: User) -> None:
    """Give each of the user's later runs a container of its own."""
    OwnContainers.objects.get_or_create(user=user)


def make_open(user: User) -> None:
    """Let the requests decide again."""
    OwnContainers.objects.filter(user=user).delete()


def isolated(user: User, runs: Sequence[RunRequest]) -> tuple[RunRequest, ...]:
    """Return the runs with the isolation that they get: the strictest that anybody asks for."""
    if settings.EXECUTOR_ISOLATION == "container" or is_strict(user):
        return tuple(replace(run, isolation="container") for run in runs)
    return tuple(runs)
