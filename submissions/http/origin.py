"""Where a request came from, for the audit."""

from allauth.account.adapter import get_adapter
from rest_framework.request import Request

from ..accounts.models import ApiToken
from ..lifecycle.idempotency import Once
from ..lifecycle.intake import Origin
from ..lifecycle.models import Via

USER_AGENT_CHARACTERS = 300


def origin_of(request: Request, once: Once | None = None) -> Origin:
    """Where a request came from; the address by the rule for trusted proxies (TRUSTED_PROXIES)."""
    token = request.auth if isinstance(request.auth, ApiToken) else None
    by_password = request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("basic ")
    return Origin(
        via=Via.TOKEN if token else Via.BASIC if by_password else Via.SESSION,
        client_address=get_adapter().get_client_ip(request._request),
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_CHARACTERS],
        token_key=token.token_key if token else "",
        once=once,
    )
