"""`manage.py check --deploy`: what a production can start with, and should not be left at."""

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
    """Those that protect something are set, each for itself, and not what everybody knows."""
    found: list[CheckMessage] = []
    if settings.AUDIT_KEY == settings.SECRET_KEY:
        found.append(
            Warning(
                "The audit is sealed with the key that signs sessions: to change one breaks the other.",
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
    """Mail holds links that reset passwords."""
    if settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "filebased.EmailBackend")):
        return [
            Warning(
                "Mail goes to the log, links that reset passwords with it.",
                hint="Set EMAIL_BACKEND and EMAIL_HOST.",
                id="submissions.W002",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def is_not_read_on_the_way(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Passwords, tokens and code travel readable where there is no https."""
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
    """A name with a dot before it stands for all below it, also those that others hold."""
    wide = [host for host in settings.ALLOWED_HOSTS if host.startswith(".")]
    return [
        Warning(f"DJANGO_ALLOWED_HOSTS allows all below {host}.", id="submissions.W003")
        for host in wide
    ]
