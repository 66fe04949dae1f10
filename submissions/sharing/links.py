"""The secret part of a share link's address, and the look-up by it.

The secret is the link's random key with a signature of the site's SECRET_KEY. So a reader of the database
or of a backup cannot open a link, while its owner can copy the address at any time. A made-up address is
refused before the database is asked (docs/decisions/0107-share-links-are-signed.md).
"""

import secrets

from django.conf import settings
from django.core.signing import BadSignature, Signer

from .models import ShareLink

KEY_BYTES = 16
"""128 bits: nobody guesses a key, even with the site's SECRET_KEY."""
LONGEST = 100
"""Characters of an address that is worth a look; ours have 66."""


def new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def secret_of(link: ShareLink) -> str:
    """Return the secret part of a link's address."""
    return _signer().sign(link.key)


def opened(secret: str) -> ShareLink | None:
    """Return the link with its run and user; None if it is unknown, expired or revoked."""
    if not settings.SHARE_DAYS or len(secret) > LONGEST:
        return None
    try:
        key = _signer().unsign(secret)
    except BadSignature:
        return None
    return ShareLink.objects.live().select_related("submission", "user").filter(key=key).first()


def _signer() -> Signer:
    return Signer(sep=".", salt="submissions.sharing")
