"""Which user names nobody may take."""

import unicodedata

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

RESERVED_PREFIXES = ("deleted-",)
"""Names that the service gives by itself: those of deleted accounts (erasure.py)."""


def refuse_reserved(name: str) -> None:
    """Raise ValidationError for a name that begins as the service's own do, however it is written."""
    plain = unicodedata.normalize("NFKC", name).casefold().lstrip()
    if plain.startswith(RESERVED_PREFIXES):
        raise ValidationError("This beginning of a name is reserved.", code="reserved")


VALIDATORS = [UnicodeUsernameValidator(), refuse_reserved]
"""Of sign-up (settings.ACCOUNT_USERNAME_VALIDATORS) and of the admin's forms."""
