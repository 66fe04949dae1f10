"""Names and passwords of HTTP Basic that were right a moment ago: a program sends them with each request,
and a check costs as much as a run.

What is remembered is a digest, in memory, under a key of the site. It holds the account's stored hash,
so a new password makes it void, and the client, so a stranger elsewhere can try no passwords on it. It is
asked only while the limits leave room for a failure: it is no way to guess beyond them.
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
"""From the check, however often it is used."""
MOST = 4096
"""Accounts and clients together; half a megabyte. The oldest goes first."""

_lock = threading.Lock()
_right: OrderedDict[str, float] = OrderedDict()
"""Digest: until when."""


def remember(request: HttpRequest, user: User, password: str) -> None:
    digest = _digest(request, user, password)
    with _lock:
        _right[digest] = time.monotonic() + SECONDS
        _right.move_to_end(digest)
        while len(_right) > MOST:
            _right.popitem(last=False)


def known(request: HttpRequest, name: str, password: str) -> User | None:
    """Return the active user whose password this was within the last minute, from the same client."""
    user = User.objects.filter(username__iexact=name, is_active=True).first()
    if user is None:
        return None
    with _lock:
        is_right = _right.get(_digest(request, user, password), 0) > time.monotonic()
    return user if is_right and are_open(*signin.limits(request, name)) else None


def _digest(request: HttpRequest, user: User, password: str) -> str:
    value = "\0".join((str(user.pk), user.password, signin.address(request), password))
    return salted_hmac("basic credentials", value, algorithm="sha256").hexdigest()
