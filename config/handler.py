"""Django's handler of WSGI, with requests whose headers are cheap to read.

Django decodes addresses and forms with the charset of the header Content-Type, which may be any codec of
Python's. Some decode no text, and fail before any middleware. That of host names, punycode, takes time
that grows as the square of the size; so does Python's reading of quoted cookies. Nobody needs an account
to send them.
"""

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest, get_str_from_wsgi
from django.http.cookie import parse_cookie
from django.utils.functional import cached_property


class Request(WSGIRequest):
    """A request in UTF-8, Django's default, whatever charset its header names."""

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, charset: str | None) -> None:
        """Ignore what the header names."""

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override] # Django's is one too
        """Read them without backslashes, which only quoted values have. This site quotes none."""
        return parse_cookie(get_str_from_wsgi(self.environ, "HTTP_COOKIE", "").replace("\\", ""))


class Handler(WSGIHandler):
    """The WSGI application of Django, with these requests."""

    request_class = Request
