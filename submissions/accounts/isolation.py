"""Whether all runs of a user get containers of their own.

The deployment, the user and the request each may ask for it, and none can take it back: a run shares a
container only if all three leave it open.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.contrib.auth.models import User

from executor import RunRequest

from .models import OwnContainers


def is_strict(user: User) -> bool:
    """Return whether the user has asked for a container for each run."""
    return OwnContainers.objects.filter(user=user).exists()


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
