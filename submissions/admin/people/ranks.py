"""Which accounts a member of staff may act on."""

from django.contrib.auth.models import AnonymousUser, User


def reaches(by: User | AnonymousUser, user: User) -> bool:
    """Return whether one user may act on another's account: on that of staff only if a superuser."""
    return by.is_superuser or by.pk == user.pk or not (user.is_staff or user.is_superuser)
