"""Checks of `manage.py check --deploy`: settings that work, but are unsafe in production."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from ..dispatch.dispatcher import dispatcher_class

WELL_KNOWN = {"guest", "password", "postgres", "rabbitmq", "secret", "changeme"}


@register(Tags.security, deploy=True)
def secrets_are_secret(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Check that each secret is set on its own, and that none is a well-known value."""
    found: list[CheckMessage] = []
    if settings.AUDIT_KEY == settings.SECRET_KEY:
        found.append(
            Warning(
                "The audit is sealed with the key that signs sessions: changing one breaks the other.",
                hint="Set AUDIT_KEY.",
                id="submissions.W001",
            )
        )
    if not dispatcher_class().serves_sandboxes:
        broker = urlsplit(settings.BROKER_URL)
        if not broker.password or broker.password in WELL_KNOWN:
            found.append(
                Error("BROKER_URL has no password, or a well-known one.", id="submissions.E001")
            )
    database = settings.DATABASES["default"]
    if database.get("HOST") and database.get("PASSWORD", "") in WELL_KNOWN | {""}:
        found.append(
            Error("DATABASE_URL has no password, or a well-known one.", id="submissions.E002")
        )
    return found


@register(Tags.security, deploy=True)
def nothing_secret_is_written_down(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Check that no mail goes to a log or a file: it contains links that reset passwords."""
    if settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "filebased.EmailBackend")):
        return [
            Warning(
                "Mail goes to the log, including links that reset passwords.",
                hint="Set EMAIL_BACKEND and EMAIL_HOST.",
                id="submissions.W002",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def is_not_read_on_the_way(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Check for https: without it passwords, tokens and code are readable on the network."""
    if settings.IS_EXPOSED:
        return [
            Warning(
                "The site is reachable from other machines by plain http.",
                hint="Put a TLS proxy in front and set DJANGO_HTTPS=yes.",
                id="submissions.W004",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def hosts_are_named(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Check that no host name begins with a dot: it stands for all subdomains, also those of others."""
    wide = [host for host in settings.ALLOWED_HOSTS if host.startswith(".")]
    return [
        Warning(f"DJANGO_ALLOWED_HOSTS allows all subdomains of {host}.", id="submissions.W003")
        for host in wide
    ]
