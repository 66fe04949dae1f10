"""The ways into the API beside the session."""

from copy import copy

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from knox.auth import TokenAuthentication
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

RETRY_SECONDS = 60
"""The login limits' window is a minute, at the least."""


class BearerAuthentication(TokenAuthentication):
    """API tokens. The keyword is Bearer; Token is accepted too, as curl habits have it."""

    def authenticate(self, request: Request):  # type: ignore[no-untyped-def]
        keyword, _, token = authentication.get_authorization_header(request).partition(b" ")
        if keyword.lower() not in {b"bearer", b"token"}:
            return None
        return self.authenticate_credentials(token.strip())

    def authenticate_credentials(self, token: bytes):  # type: ignore[no-untyped-def]
        if not token.isascii() or b"\0" in token:
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class BasicAuthentication(authentication.BasicAuthentication):
    """Name and password, under the same limits as the login page. Whoever logs in with a second factor
    can't leave it out here."""

    def authenticate_credentials(self, userid, password, request=None):  # type: ignore[no-untyped-def]
        if "\0" in userid + password:
            raise AuthenticationFailed("Invalid username/password.")
        attempt = copy(request._request)
        attempt.method = "POST"  # the limits do not count what comes by GET
        try:
            user = get_adapter().authenticate(attempt, username=userid, password=password)
        except ValidationError as error:
            raise Throttled(RETRY_SECONDS, detail=" ".join(error.messages)) from error
        if user is None or not user.is_active:
            raise AuthenticationFailed("Invalid username/password.")
        if is_mfa_enabled(user):
            raise AuthenticationFailed("Your account has two-factor login on: use an API token.")
        return user, None
