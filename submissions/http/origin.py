"""Origin of a request, for the audit."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from ..accounts.models import ApiToken
from ..lifecycle.intake import Origin
from ..lifecycle.models import Via

USER_AGENT_CHARACTERS = 300


def origin_of(request: HttpRequest, token: object = None) -> Origin:
    """Return how a request was authenticated and from where; TRUSTED_PROXIES decides the address.

    `token` is DRF's `request.auth`: an ApiToken if the client sent one.
    """
    by_password = request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("basic ")
    known = token if isinstance(token, ApiToken) else None
    return Origin(
        via=Via.TOKEN if known else Via.BASIC if by_password else Via.SESSION,
        client_address=get_adapter().get_client_ip(request),
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_CHARACTERS],
        token_key=known.token_key if known else "",
    )
