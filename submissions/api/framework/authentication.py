"""Authentication of API clients without a session: bearer tokens and HTTP Basic."""

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import User
from django.http import HttpRequest
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from ...accounts import credentials, tokens, usernames
from ...accounts.cross_site import is_cross_site
from ...accounts.frozen import freeze_of, sentences_for
from ...http.origin import UsedToken

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
WRONG_PASSWORD = "The user name or the password is wrong."  # noqa: S105 - a sentence


class AccountFrozen(PermissionDenied):
    """The credentials are right, but staff have frozen the account. The detail has their reason."""

    default_code = "account_frozen"


def refuse_frozen(user: User) -> None:
    """Raise AccountFrozen if the account is frozen. Call it only when the credentials are right."""
    if freeze := freeze_of(user):
        raise AccountFrozen(sentences_for(freeze))


class BearerAuthentication(authentication.BaseAuthentication):
    """API tokens. The keyword is Bearer; Token is accepted too, because many clients send it."""

    def authenticate(self, request: Request) -> tuple[User, UsedToken] | None:
        secret = tokens.secret_in(authentication.get_authorization_header(request))
        if secret is None:
            return None
        if (holder := tokens.holder_of(secret)) is None:
            raise AuthenticationFailed(tokens.UNKNOWN)
        user, token_key = holder
        if not user.is_active:
            refuse_frozen(user)
            raise AuthenticationFailed(tokens.INACTIVE)
        return user, UsedToken(token_key)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BasicAuthentication(authentication.BasicAuthentication):
    """Name and password, under the limits of the login page. Accounts with two-factor login are refused.

    A browser sends such credentials with every request, as it does cookies, also when another site's page
    makes the request. So a cross-site request may only read.
    """

    def authenticate_credentials(
        self, userid: str, password: str, request: Request | None = None
    ) -> tuple[User, None]:
        assert request is not None  # noqa: S101 - DRF passes it; only its signature allows None
        if request.method not in SAFE_METHODS and is_cross_site(request._request):
            raise PermissionDenied("A page of another site may not use your name and password.")
        if "\0" in userid + password or len(userid) > usernames.LONGEST:
            raise AuthenticationFailed(WRONG_PASSWORD)
        user = credentials.known(request._request, userid, password)
        if user is None:
            user = _checked(request._request, userid, password)
        if is_mfa_enabled(user):
            raise AuthenticationFailed("Your account has two-factor login on: use an API token.")
        return user, None


def _checked(request: HttpRequest, name: str, password: str) -> User:
    """Return the user of this name and password, and remember them for a minute.

    Raises TooManyAttempts.
    """
    user = get_adapter().authenticate(request, username=name, password=password)
    if isinstance(user, User):
        refuse_frozen(user)
    if not isinstance(user, User) or not user.is_active:
        raise AuthenticationFailed(WRONG_PASSWORD)
    credentials.remember(request, user, password)
    return user
