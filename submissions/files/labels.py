"""The ids of E2B's sandboxes: labels of sessions, each signed for one user. There is no container behind
one.

A label has only letters and digits, since clients also put it into host names.
"""

import secrets

from django.contrib.auth.models import User
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "sandbox of E2B"
NONCE_CHARACTERS = 16
SEAL_CHARACTERS = 20


def new_label(user: User) -> str:
    nonce = secrets.token_hex(NONCE_CHARACTERS // 2)
    return f"i{nonce}{_seal(user, nonce)}"


def belongs_to(label: str, user: User) -> bool:
    """Return whether this site has made the label, for this user."""
    nonce, seal = label[1 : NONCE_CHARACTERS + 1], label[NONCE_CHARACTERS + 1 :]
    return label[:1] == "i" and constant_time_compare(seal, _seal(user, nonce))


def _seal(user: User, nonce: str) -> str:
    made = salted_hmac(SALT, f"{user.pk}:{nonce}", algorithm="sha256")
    return made.hexdigest()[:SEAL_CHARACTERS]
