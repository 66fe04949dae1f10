"""A cache of HTTP Basic credentials that passed a check within the last minute: a program sends them with
each request, and a check costs as much as a run.

It holds keyed digests, in memory. A digest covers the account's stored hash, so a new password makes it
void, and the client, so another client cannot test passwords against it. It is used only while the limits
leave room for a failure, so it offers no extra guesses.
"""

import threading
import time
from collections import OrderedDict

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from . import signin
from .attempts import are_open

SECONDS = 60.0
"""Lifetime of an entry, from the check; use does not extend it."""
MOST = 4096
"""Entries, one for each account and client; half a megabyte. The oldest is dropped first."""

_lock = threading.Lock()
_right: OrderedDict[str, float] = OrderedDict()
"""The monotonic time at which each digest expires."""


def remember(request: HttpRequest, user: User, password: str) -> None:
    digest = _digest(request, user, password)
    with _lock:
        _right[digest] = time.monotonic() + SECONDS
        _right.move_to_end(digest)
        while len(_right) > MOST:
            _right.popitem(last=False)


def known(request: HttpRequest, name: str, password: str) -> User | None:
    """Return the active user whose password this client has proved within the last minute."""
    user = User.objects.filter(username__iexact=name, is_active=True).first()
    if user is None:
        return None
    with _lock:
        is_right = _right.get(_digest(request, user, password), 0) > time.monotonic()
    if not is_right:
        return None
    _, limits = signin.limits(request, name)
    return user if are_open(*limits) else None


def _digest(request: HttpRequest, user: User, password: str) -> str:
    value = "\0".join((str(user.pk), user.password, signin.address(request), password))
    return salted_hmac("basic credentials", value, algorithm="sha256").hexdigest()
