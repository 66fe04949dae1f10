"""Remove what an account has beside its runs; none of it shows what was run.

What lets somebody in goes in the transaction that closes the account. What may be much goes afterwards, a
little in each transaction, so that others write in between: an account may have a million deliveries, or
uploads of a gigabyte. Nobody sees it meanwhile, since its owner cannot log in.
"""

from math import inf
from time import monotonic

from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from ...accounts import sessions
from ...accounts.models import ApiToken
from ...accounts.usernames import RESERVED_PREFIXES
from ...files import uploads
from ...periodic import let_others_write

AT_ONCE = (
    "account.EmailAddress",
    "mfa.Authenticator",
    "usersessions.UserSession",
    "submissions.Freeze",
    "submissions.WebhookSecret",
    "submissions.ShareLink",
    "submissions.OwnContainers",
)
IN_STEPS = {
    "submissions.Delivery": 500,
    "submissions.IdempotencyKey": 500,
    "submissions.Expectation": 500,
    "submissions.RunSession": 10,  # of up to eight megabytes
    "submissions.Upload": uploads.BATCH,
}
"""Tables, and how many rows of each one transaction removes."""


def remove(user: User) -> None:
    """Remove what must not outlive the account; call it in the transaction that closes it."""
    ApiToken.objects.filter(user=user).delete()
    sessions.end_all(user)
    for name in AT_ONCE:
        apps.get_model(name).objects.filter(user=user).delete()


def remove_rest(of_user: int | None = None, *, seconds: float = inf) -> None:
    """Remove the rest of all closed accounts, or of that one. After that time it leaves what is left."""
    closed = User.objects.filter(is_active=False, username__startswith=RESERVED_PREFIXES[0])
    if of_user is not None:
        closed = closed.filter(pk=of_user)
    began = monotonic()
    end = began + seconds
    for name, step in IN_STEPS.items():
        own = apps.get_model(name).objects.filter(user=OuterRef("pk"))
        for user in closed.filter(Exists(own)).values_list("pk", flat=True):
            while began <= end and _remove_some(name, user, step):
                began = let_others_write(began)


def _remove_some(name: str, user: int, most: int) -> bool:
    """Remove up to that many rows of a table; return whether there may be more."""
    with transaction.atomic():
        if name == "submissions.Upload":  # files of runs under a hold stay as long as these
            return uploads.expire(uploads.current_of(user)[:most], timezone.now()) == most
        rows = apps.get_model(name).objects.filter(user=user)
        keys = list(rows.values_list("pk", flat=True)[:most])
        rows.filter(pk__in=keys).only("pk").delete()
        return len(keys) == most
