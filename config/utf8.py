"""Requests are UTF-8, whatever charset their header names.

Django decodes addresses and forms with the charset of the header Content-Type, which may be any codec of
Python's. Some decode no text, and fail before any middleware. That of host names, punycode, takes time
that grows as the square of the size. Nobody needs an account to send them.
"""

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """A request whose charset is Django's default, UTF-8."""

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, charset: str | None) -> None:
        """Ignore what the header names."""


class Handler(WSGIHandler):
    """The WSGI application of Django, with these requests."""

    request_class = Request
