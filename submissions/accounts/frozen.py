"""What a frozen account's user is told, after the right password or a valid token only.

audit/accounts/freezing.py freezes accounts. A frozen account is inactive, so that every check of activity
refuses it, Django's and the packages' included.
"""

from django.contrib.auth.models import User

from .models import Freeze


def freeze_of(user: User) -> Freeze | None:
    """Return why an account is frozen; None if it is not."""
    return None if user.is_active else Freeze.objects.filter(user=user, ended=None).first()


def sentences_for(freeze: Freeze) -> str:
    """Return what the user reads: the reason, and what to do."""
    reason = freeze.reason.strip()
    end = "" if reason.endswith((".", "!", "?")) else "."
    return f"Your account is frozen: {reason}{end} Ask the people who run this site."
