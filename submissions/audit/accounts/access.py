"""Revoke all API tokens and share links of an account at once: one entry of the audit's chain.

A password change ends sessions and nothing else (docs/decisions/0130-a-password-change-keeps-links.md).
"""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction

from ...accounts.models import ApiToken
from ...sharing.models import ShareLink
from ..chain import append
from ..models import Action
from .shares import KEY_SHOWN

VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What opens an account's runs without its password."""

    tokens: int
    links: int

    def __bool__(self) -> bool:
        return bool(self.tokens or self.links)

    def __str__(self) -> str:
        return f"{_counted(self.tokens, 'API token')} and {_counted(self.links, 'share link')}"


def access_of(user: User) -> Access:
    return Access(
        tokens=ApiToken.objects.filter(user=user).count(),
        links=ShareLink.objects.filter(user=user).count(),
    )


def revoke_all(user: User) -> Access:
    """Revoke them and return how many there were."""
    with transaction.atomic():
        # Making a link takes the same lock, so none is made meanwhile.
        get_user_model().objects.select_for_update().get(pk=user.pk)
        tokens = ApiToken.objects.filter(user=user)
        links = ShareLink.objects.filter(user=user)
        token_keys = list(tokens.order_by("created").values_list("token_key", flat=True))
        link_keys = list(links.order_by("created").values_list("key", flat=True))
        tokens.filter(token_key__in=token_keys).delete()
        links.filter(key__in=link_keys).delete()
        if token_keys or link_keys:
            data = {
                "version": VERSION,
                "user": user.pk,
                "tokens": token_keys,
                "links": [key[:KEY_SHOWN] for key in link_keys],
            }
            append(Action.ACCESS_REVOKED, data)
    return Access(tokens=len(token_keys), links=len(link_keys))


def _counted(number: int, name: str) -> str:
    return f"{number or 'no'} {name}{'' if number == 1 else 's'}"
