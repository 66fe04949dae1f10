"""Decide whether the site serves this machine only or others, and what that means for https, debugging
and keys."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from . import env

LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
SECRET_CHARACTERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    hosts: list[str]
    https: bool
    debug: bool
    is_exposed: bool
    """Other machines reach it by plain http."""


def read(trusted_proxies: int) -> Posture:
    """Read the environment. Raises ImproperlyConfigured for unsafe combinations."""
    # Host names of the site, comma-separated.
    hosts = env.items("DJANGO_ALLOWED_HOSTS", "")
    # Only this machine reaches the site: it listens on loopback, has no other name, and no proxy.
    is_local = (
        not trusted_proxies
        and env.is_loopback(env.text("BIND", "127.0.0.1:5000").rpartition(":")[0])
        and all(env.is_loopback(host) for host in hosts)
    )
    # "yes" is a site for others: cookies only over https, redirects, and no start without a secret key
    # and host names. "no" is plain http.
    https = env.flag("DJANGO_HTTPS", default=not is_local)
    # Django's debug pages show settings, paths and code to every visitor.
    debug = env.flag("DJANGO_DEBUG", default=False)
    if debug and (https or not is_local):
        raise ImproperlyConfigured("DJANGO_DEBUG is for a site that only this machine reaches")
    if not https and not hosts:
        hosts = LOCAL_HOSTS
    if not hosts or any("*" in host for host in hosts):
        raise ImproperlyConfigured(
            "DJANGO_ALLOWED_HOSTS must name the site's hosts, without a wildcard"
        )
    return Posture(hosts=hosts, https=https, debug=debug, is_exposed=not https and not is_local)


def secret_key(given: str | None, directory: Path, *, https: bool) -> str:
    """Check the given key. Without https a site may use a key that this function creates."""
    if (https or given) and len(given or "") < SECRET_CHARACTERS:
        raise ImproperlyConfigured(
            f"DJANGO_SECRET_KEY must be set, to at least {SECRET_CHARACTERS} random characters,"
            " for a site that others reach (DJANGO_HTTPS)"
        )
    return given or _kept_key(directory / "secret_key")


def _kept_key(path: Path) -> str:
    """Create a key at the first start and read it later, so that sessions outlive a restart."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(key := secrets.token_urlsafe(50))
    return key
