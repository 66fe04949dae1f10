"""The outermost middleware: give each request an id, an access line and an entry in the metrics."""

import logging
import re
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any
from uuid import uuid4

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse

from ..http.bounds import METHOD_CHARACTERS
from ..telemetry import counters, logs

logger = logging.getLogger("access")

REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,127}")
"""Ids that we accept from a proxy; other values might mislead a reader of the log."""

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Access:
    """Middleware. A stream's line is written at its end, so its time is how long it was open."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = perf_counter()
        context = logs.RequestContext(request_id=_request_id(request), request=request)
        logs.bind_request(context)
        response = self._get_response(request)
        counters.answered(_route(request), response.status_code, perf_counter() - began)
        response["X-Request-ID"] = context.request_id

        def end() -> None:
            _write(context, response.status_code, perf_counter() - began)
            logs.bind_request(None)

        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = Ended(response.streaming_content, end)
        else:
            end()
        return response


class Ended:
    """The pieces of a stream. Calls `end` when the server closes it, after success or failure."""

    def __init__(self, pieces: Any, end: Callable[[], None]) -> None:
        self._pieces = pieces
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece: bytes = next(self._pieces)
        return piece

    def close(self) -> None:
        self._end()


def _route(request: HttpRequest) -> str:
    """Return the route's name; unknown paths and static files have none."""
    match = request.resolver_match
    return match.view_name.partition(":")[0] if match else "none"


def _request_id(request: HttpRequest) -> str:
    """Return the id of a trusted proxy if it is valid, else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    if settings.TRUSTED_PROXIES and REQUEST_ID.fullmatch(given):
        return str(given)
    return uuid4().hex


def _client(request: HttpRequest) -> str:
    """Return the client's address by the rule for trusted proxies; empty if it is not known."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""


def _write(context: logs.RequestContext, status: int, seconds: float) -> None:
    request = context.request
    fields = {
        "method": str(request.method)[:METHOD_CHARACTERS],
        "path": logs.shown_path(request.path, request.resolver_match),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "client": _client(request),
    }
    # The formatter adds the user. It no longer knows the submission, whose block has ended by now.
    if context.submission:
        fields["submission"] = context.submission
    logger.info(
        "%(method)s %(path)s %(status)d %(ms).1f ms from %(client)s",
        fields,
        extra={"access": fields},
    )
