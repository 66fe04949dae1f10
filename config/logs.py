"""Django's LOGGING setting."""

from typing import Any


def configuration(kind: str, *, level: str) -> dict[str, Any]:
    """Build the setting: all lines to the console, as `kind` ("line" or "json"), from `level` upwards."""
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
            # It warns, with a traceback, when a busy worker leaves a notification to another one.
            "celery.app.trace": {"level": "ERROR"},
            # It warns about delayed tasks, which are not used here.
            "kombu.transport.native_delayed_delivery": {"level": "ERROR"},
            # Its debug lines quote users' content.
            "django.db.backends": {"level": "INFO"},
            # It warns when requests wait for a thread; the metrics count those that are refused.
            "waitress.queue": {"level": "ERROR"},
        },
        "root": {"handlers": ["console"], "level": level},
    }
