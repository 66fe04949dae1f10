"""Whether a browser reports that a page of another site made the request."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


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
    try:
        asked = urlsplit(origin)
    except ValueError:  # no address
        return False
    for allowed in map(urlsplit, settings.CSRF_TRUSTED_ORIGINS):
        suffix = allowed.netloc.removeprefix("*")
        if allowed.scheme == asked.scheme and (
            asked.netloc == allowed.netloc
            or (suffix != allowed.netloc and asked.netloc.endswith(suffix))
        ):
            return True
    return False
