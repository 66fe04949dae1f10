"""Limits on wrong passwords: by account and address, by account, by address, and by device.

A stranger's guesses lock out the stranger: five for one account from one address. Guesses from many
addresses meet the account's own limit, which is ten times higher. A browser in which the account's owner
has logged in meets neither: it carries a signed cookie and has its own limit (docs/decisions/0098).
"""

import secrets
import unicodedata

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from .addresses import customer_of, share_of
from .attempts import Limit, Rate
from .usernames import LONGEST

COOKIE = "known_device"
COOKIE_SECONDS = 180 * 86400
"""Half a year: longer than a term's holidays, shorter than a computer's life."""


def limits(request: HttpRequest, name: str) -> tuple[str, list[Limit]]:
    """Return the tenant of a password check for this name, from this request, and its limits.

    The tenant is the account in a browser that it knows, otherwise the address.
    """
    few = Rate.of(settings.LOGIN_FAILED_RATE)
    place, account = address(request), canonical(name)
    if device := _device(request, name):
        return f"account {account}", [Limit("password on a device", device, few)]
    return tenant_at(request), [
        Limit("password from", place, Rate.of(settings.LOGIN_FAILED_ADDRESS_RATE)),
        Limit("password of", account, Rate.of(settings.LOGIN_FAILED_ACCOUNT_RATE)),
        Limit("password of, from", f"{account}\0{_client(request)}", few),
    ]


def tenant_at(request: HttpRequest) -> str:
    """Return the tenant of a client that is known by its address alone."""
    return f"address {address(request)}"


def code_limit(user_id: int) -> Limit:
    """Return the limit of second factors of an account; anyone who guesses one knows the password."""
    return Limit("second factor of", str(user_id), Rate.of(settings.LOGIN_FAILED_RATE))


def created_limit(request: HttpRequest) -> Limit:
    return Limit("accounts made from", address(request), Rate.of(settings.SIGNUP_RATE))


def taken_limit(request: HttpRequest) -> Limit:
    # The name is in stored keys: another one would give each address a second allowance.
    return Limit("taken names told to", address(request), Rate.of(settings.SIGNUP_TAKEN_RATE))


def name_limit(name: str) -> Limit:
    """Allow one sign-up at a time for names that differ in case only. Each attempt returns its place."""
    return Limit("sign-up as", canonical(name), Rate(1, 60))


def address(request: HttpRequest) -> str:
    """Return the address that limits count by: with IPv6 a customer's, with thousands of clients."""
    return customer_of(_client(request))


def _client(request: HttpRequest) -> str:
    """Return the client behind the request's address, by the rule for trusted proxies. With IPv6 its
    guesses lock out nobody else's login at the same customer."""
    return share_of(str(get_adapter().get_client_ip(request)))


def canonical(name: str) -> str:
    """Return one form for all spellings that the login treats as the same name.

    To normalize a text takes time as the square of its length, so nothing longer than a name is.
    """
    return unicodedata.normalize("NFKC", name[:LONGEST]).casefold()


def remember_device(response: HttpResponseBase, user: User) -> None:
    """Set the cookie that proves an earlier login to this account."""
    response.set_cookie(
        COOKIE,
        signing.dumps(secrets.token_hex(16), salt=_salt(user)),
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )


def _device(request: HttpRequest, name: str) -> str | None:
    """Return the browser's identifier if its session or cookie proves a login to this account."""
    if request.user.is_authenticated and canonical(request.user.get_username()) == canonical(name):
        return f"session of {request.user.pk}"
    cookie = request.COOKIES.get(COOKIE)
    if not cookie:
        return None
    user = User.objects.filter(username__iexact=name).first()
    if user is None:
        return None
    try:
        return str(signing.loads(cookie, salt=_salt(user), max_age=COOKIE_SECONDS))
    except signing.BadSignature:
        return None


def _salt(user: User) -> str:
    """Bind the cookie to the password: a new password makes every cookie of the account void."""
    return f"{COOKIE} {user.pk} {user.get_session_auth_hash()}"
