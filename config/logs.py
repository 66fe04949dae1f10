"""What is logged, and in which form."""

from typing import Any


def configuration(kind: str, *, level: str) -> dict[str, Any]:
    """Return Django's LOGGING: all to the console, as `kind` ("line" or "json"), from `level` on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"discreet": {"()": "submissions.telemetry.logs.Discreet"}},
        "formatters": {"chosen": {"()": "submissions.telemetry.logs.formatter", "kind": kind}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["discreet"],
                "formatter": "chosen",
            }
        },
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"level": "INFO"},
            # It logs each notification.
            "celery": {"level": "WARNING"},
            # It warns about delayed tasks, which are not used here.
            "kombu.transport.native_delayed_delivery": {"level": "ERROR"},
            # It would quote what users wrote.
            "django.db.backends": {"level": "INFO"},
            # It warns when requests outnumber threads; they are refused, which is counted elsewhere.
            "waitress.queue": {"level": "ERROR"},
        },
        "root": {"handlers": ["console"], "level": level},
    }
