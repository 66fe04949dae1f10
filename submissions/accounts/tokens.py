"""The user of an API token, found with one fixed statement.

Knox makes and hashes the tokens. Its own class reads all tokens of the user with each request, to delete
the expired ones; here audit/retention.py deletes them.
"""

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from knox.crypto import hash_token

from .models import ApiToken

KEYWORDS = {b"bearer", b"token"}
"""What may stand before a token: many clients send Token."""
UNKNOWN = "This API token is unknown, expired or revoked."
INACTIVE = "This account is inactive."
VALID = f"""
SELECT account.*, token.token_key
FROM "{ApiToken._meta.db_table}" AS token
JOIN "{User._meta.db_table}" AS account ON account.id = token.user_id
WHERE token.digest = %s AND (token.expiry IS NULL OR token.expiry >= %s)
"""  # noqa: S608 - only the tables' names are inserted
"""Fixed, since every request waits for it: a query set takes five times as long (docs/decisions/0137)."""


def secret_in(header: bytes) -> bytes | None:
    """Return what a header Authorization gives as a token; None if it is about something else."""
    keyword, _, secret = header.partition(b" ")
    return secret.strip() if keyword.lower() in KEYWORDS else None


def holder_of(secret: bytes) -> tuple[User, str] | None:
    """Return the user of a valid token, and the token's first characters; None if there is no such token.

    It is read with each request, so a revoked token or a frozen user is refused at once. The account may
    be inactive.
    """
    if not secret.isascii():
        return None
    # The index compares in no constant time, but nobody can choose what a guess hashes to.
    values = [hash_token(secret.decode()), connection.ops.adapt_datetimefield_value(timezone.now())]
    for user in User.objects.raw(VALID, values):
        return user, user.token_key  # type: ignore[attr-defined] # VALID selects it
    return None
