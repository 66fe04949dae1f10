"""Origin of a request, for the audit."""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from ..lifecycle.intake import Origin
from ..lifecycle.models import Via

USER_AGENT_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class UsedToken:
    """The API token that authenticated a request."""

    key: str
    """Its first characters, which do not reveal it."""


def origin_of(request: HttpRequest, token: object = None) -> Origin:
    """Return how a request of the API was authenticated and from where.

    `token` is DRF's `request.auth`: a UsedToken if the client sent one.
    """
    if isinstance(token, UsedToken):
        return _origin(request, Via.TOKEN, token.key)
    by_password = request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("basic ")
    return _origin(request, Via.BASIC if by_password else Via.SESSION)


def origin_of_page(request: HttpRequest) -> Origin:
    """Return from where a page's request came. Pages look at no header to authenticate."""
    return _origin(request, Via.SESSION)


def origin_of_door(request: HttpRequest, via: Via, token_key: str) -> Origin:
    """Return from where a request came in through a door whose clients all send a token."""
    return _origin(request, via, token_key)


def _origin(request: HttpRequest, via: Via, token_key: str = "") -> Origin:
    return Origin(
        via=via,
        client_address=get_adapter().get_client_ip(request),  # as TRUSTED_PROXIES decides
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_CHARACTERS],
        token_key=token_key,
    )
