"""Authentication of API clients without a session: bearer tokens and HTTP Basic."""

from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from knox.crypto import hash_token
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from ...accounts import credentials
from ...accounts.frozen import freeze_of, sentences_for
from ...accounts.models import ApiToken
from ...http.origin import UsedToken

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
UNKNOWN_TOKEN = "This API token is unknown, expired or revoked."  # noqa: S105 - a sentence
VALID = f"""
SELECT account.*, token.token_key
FROM "{ApiToken._meta.db_table}" AS token
JOIN "{User._meta.db_table}" AS account ON account.id = token.user_id
WHERE token.digest = %s AND (token.expiry IS NULL OR token.expiry >= %s)
"""  # noqa: S608 - only the tables' names are inserted
"""Fixed, since every request waits for it: a query set takes five times as long (docs/decisions/0137)."""
WRONG_PASSWORD = "The user name or the password is wrong."  # noqa: S105 - a sentence


class AccountFrozen(PermissionDenied):
    """The credentials are right, but staff have frozen the account. The detail has their reason."""

    default_code = "account_frozen"


def refuse_frozen(user: User) -> None:
    """Raise AccountFrozen if the account is frozen. Call it only when the credentials are right."""
    if freeze := freeze_of(user):
        raise AccountFrozen(sentences_for(freeze))


class BearerAuthentication(authentication.BaseAuthentication):
    """API tokens. The keyword is Bearer; Token is accepted too, because many clients send it.

    Knox makes and hashes the tokens. Its own class reads all tokens of the user with each request, to
    delete the expired ones; here audit/retention.py deletes them.
    """

    def authenticate(self, request: Request) -> tuple[User, UsedToken] | None:
        keyword, _, secret = authentication.get_authorization_header(request).partition(b" ")
        if keyword.lower() not in {b"bearer", b"token"}:
            return None
        user = _user_of(secret.strip())
        if user is None:
            raise AuthenticationFailed(UNKNOWN_TOKEN)
        if not user.is_active:
            refuse_frozen(user)
            raise AuthenticationFailed("This account is inactive.")
        return user, UsedToken(user.token_key)  # type: ignore[attr-defined] # VALID selects it

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _user_of(secret: bytes) -> User | None:
    """Return the user of a valid token, with its `token_key`; None if there is no such token.

    It is read with each request, so a revoked token or a frozen user is refused at once.
    """
    if not secret.isascii():
        return None
    # The index compares in no constant time, but nobody can choose what a guess hashes to.
    values = [hash_token(secret.decode()), connection.ops.adapt_datetimefield_value(timezone.now())]
    return next(iter(User.objects.raw(VALID, values)), None)


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
        if "\0" in userid + password:
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


def is_cross_site(request: HttpRequest) -> bool:
    """Return whether a browser reports that another origin's page made the request.

    Programs send no origin. Browsers always do, except with GET.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    own = f"{request.scheme}://{request.get_host()}"
    return origin != own and not _is_trusted(origin)


def _is_trusted(origin: str) -> bool:
    """Return whether CSRF_TRUSTED_ORIGINS has it, as for forms. `*.example.org`: all its subdomains."""
    asked = urlsplit(origin)
    for allowed in map(urlsplit, settings.CSRF_TRUSTED_ORIGINS):
        suffix = allowed.netloc.removeprefix("*")
        if allowed.scheme == asked.scheme and (
            asked.netloc == allowed.netloc
            or (suffix != allowed.netloc and asked.netloc.endswith(suffix))
        ):
            return True
    return False
