"""Settings of the API's description (drf-spectacular)."""

from typing import Any

from .. import __version__

SETTINGS: dict[str, Any] = {
    "TITLE": "Safe Code Executor",
    "DESCRIPTION": "Runs programs that you do not trust, each in its own sandbox, and says how it ended.",
    "VERSION": __version__,
    "LICENSE": {"name": "MIT"},
    "SERVERS": [  # the site itself serves the document with its own address
        {"url": "http://127.0.0.1:5000", "description": "`make run` on your own machine"}
    ],
    "TAGS": [  # their order is that of the reference
        {"name": "Runs", "description": "Run one program: wait, stream, or queue it."},
        {"name": "Submissions", "description": "What you have run, and what is running."},
        {"name": "Files", "description": "Uploads that runs can name, instead of sending them."},
        {"name": "Sessions", "description": "What runs leave for the next one of their session."},
        {"name": "Batches", "description": "Many programs in one request."},
        {"name": "Webhooks", "description": "Notifications to your server, and their signature."},
        {"name": "Service", "description": "What this service offers."},
    ],
    "ENUM_SUFFIX": "",
    "ENUM_NAME_OVERRIDES": {"DeliveryState": "submissions.webhooks.models.DeliveryState"},
    # A blank or null choice would become an enum of its own in generated clients.
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "submissions.api.openapi.errors.shared",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
}
