"""What the shell of every page shows: the current section, the version and the links of the footer."""

from django.conf import settings
from django.http import HttpRequest

from config import __version__

SECTIONS = {
    "playground": "playground",
    "submissions": "history",
    "lab": "lab",
    "docs": "docs",
    "api": "api",
    "run": "api",
    "admin": "admin",
    "accounts": "account",
}
"""The section of the navigation by the first part of the path."""


def shell(request: HttpRequest) -> dict[str, str]:
    """Return the context of templates/shell/."""
    first = request.path_info.strip("/").split("/")[0]
    return {
        "section": SECTIONS.get(first, "") if first else "home",
        "version": __version__,
        "source_url": settings.SITE_SOURCE_URL,
        "contact_url": settings.SITE_CONTACT_URL,
    }
