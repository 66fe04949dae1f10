"""Origin of a request, for the audit; and who calls a door whose clients all send an API token.

Such a door looks at no cookie, so its views need no CSRF token.
"""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from rest_framework.authentication import BasicAuthentication
from rest_framework.request import Request

from ..accounts import tokens
from ..accounts.cross_site import is_cross_site
from ..accounts.frozen import freeze_of, sentences_for
from ..lifecycle.intake import Origin
from ..lifecycle.models import Via
from .codes import Code

USER_AGENT_CHARACTERS = 300
SEND_TOKEN = "Send an API token with the header Authorization: Bearer sce_…."  # noqa: S105 - a sentence


@dataclass(frozen=True, slots=True)
class UsedToken:
    """The API token that authenticated a request."""

    key: str
    """Its first characters, which do not reveal it."""


def origin_of(request: Request) -> Origin:
    """Return how a request of the API was authenticated and from where."""
    if isinstance(request.auth, UsedToken):
        return _origin(request._request, Via.TOKEN, request.auth.key)
    # Not by the header's text, which a parser may read in another way.
    by_password = isinstance(request.successful_authenticator, BasicAuthentication)
    return _origin(request._request, Via.BASIC if by_password else Via.SESSION)


def origin_of_page(request: HttpRequest) -> Origin:
    """Return from where a page's request came. Pages look at no header to authenticate."""
    return _origin(request, Via.SESSION)


def _origin(request: HttpRequest, via: Via, token_key: str = "") -> Origin:
    return Origin(
        via=via,
        client_address=get_adapter().get_client_ip(request),  # as TRUSTED_PROXIES decides
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_CHARACTERS],
        token_key=token_key,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The user of the token, and from where the request came."""

    user: User
    origin: Origin


class NotAdmitted(Exception):
    """A request that a door refuses by itself. `str()` is a sentence."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def bearer_of(request: HttpRequest) -> bytes | None:
    """Return the token of the header Authorization; None if it has none."""
    return tokens.secret_in(request.META.get("HTTP_AUTHORIZATION", "").encode("latin-1"))


def caller_of(request: HttpRequest, via: Via, secret: bytes | None) -> Caller:
    """Return who calls with this token. Raises NotAdmitted."""
    if is_cross_site(request):
        raise NotAdmitted(
            Code.PERMISSION_DENIED, "A page of another site may not call this address."
        )
    if secret is None:
        raise NotAdmitted(Code.NOT_AUTHENTICATED, SEND_TOKEN)
    if (holder := tokens.holder_of(secret)) is None:
        raise NotAdmitted(Code.AUTHENTICATION_FAILED, tokens.UNKNOWN)
    user, token_key = holder
    if not user.is_active:
        raise _inactive(user)
    request.user = user  # for the log
    return Caller(user=user, origin=_origin(request, via, token_key))


def _inactive(user: User) -> NotAdmitted:
    if freeze := freeze_of(user):
        return NotAdmitted(Code.ACCOUNT_FROZEN, sentences_for(freeze))
    return NotAdmitted(Code.AUTHENTICATION_FAILED, tokens.INACTIVE)


def body_of(request: HttpRequest) -> bytes:
    """Return the body, of bounded size. Raises NotAdmitted for one that is not read."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise NotAdmitted(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body uncompressed.")
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        raise NotAdmitted(
            Code.LENGTH_REQUIRED, "Send the body with a Content-Length, not in chunks."
        )
    try:
        return request.body
    except RequestDataTooBig as error:
        raise NotAdmitted(Code.TOO_LARGE, "The body is too large.") from error
