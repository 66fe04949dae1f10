"""Django's handler of WSGI, with requests whose headers are cheap to read.

Django decodes addresses and forms with the charset of the header Content-Type, which may be any codec of
Python's. Some decode no text, and fail before any middleware. That of host names, punycode, takes time
that grows as the square of the size; so does Python's reading of quoted cookies. Nobody needs an account
to send them.
"""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest, get_str_from_wsgi
from django.http.cookie import parse_cookie
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

from . import parts


class Request(WSGIRequest):
    """A request in UTF-8, Django's default, whatever charset its header names."""

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, charset: str | None) -> None:
        """Ignore what the header names."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """Leave out Django's search for the charset: Python never forgets a name."""
        self.content_type, self.content_params = parse_header_parameters(
            meta.get("CONTENT_TYPE", "")
        )

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override] # Django's is one too
        """Read them without backslashes, which only quoted values have. This site quotes none."""
        return parse_cookie(get_str_from_wsgi(self.environ, "HTTP_COOKIE", "").replace("\\", ""))


class Handler(WSGIHandler):
    """The WSGI application of Django, with these requests, and with bounds on forms in parts."""

    request_class = Request

    def __init__(self) -> None:
        parts.bound()
        super().__init__()
