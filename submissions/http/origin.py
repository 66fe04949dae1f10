"""Where a request came from, for the audit."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from ..accounts.models import ApiToken
from ..lifecycle.intake import Origin
from ..lifecycle.models import Via

USER_AGENT_CHARACTERS = 300


def origin_of(request: HttpRequest, token: object = None) -> Origin:
    """Where a request came from; the address by the rule for trusted proxies (TRUSTED_PROXIES).

    `token`: what DRF has found as `request.auth`, which is an ApiToken where one was shown.
    """
    by_password = request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("basic ")
    known = token if isinstance(token, ApiToken) else None
    return Origin(
        via=Via.TOKEN if known else Via.BASIC if by_password else Via.SESSION,
        client_address=get_adapter().get_client_ip(request),
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_CHARACTERS],
        token_key=known.token_key if known else "",
    )
