"""Rules for user names: no name looks like another."""

import re

from django.core.exceptions import ValidationError

LONGEST = 150
"""Characters; the width of the database column."""
RESERVED_PREFIXES = ("deleted-",)
"""The start of erased accounts' names. Nobody may sign up with such a name."""

# ASCII only: a Cyrillic "а" in "аdmin" looks like the Latin one in every list of the audit.
_ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def validate_username(value: str) -> None:
    """Raise ValidationError unless the name is plain, short enough and not reserved."""
    if len(value) > LONGEST:
        raise ValidationError(f"Use at most {LONGEST} characters.", code="max_length")
    if not _ALLOWED.fullmatch(value):
        raise ValidationError(
            "Use the letters A to Z, digits, and . _ - only, and begin with a letter or a digit.",
            code="invalid",
        )
    if value.lower().startswith(RESERVED_PREFIXES):
        raise ValidationError("Names that begin like this are reserved.", code="reserved")


VALIDATORS = [validate_username]
"""allauth's setting needs the path of a list."""
