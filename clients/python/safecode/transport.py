"""Requests to one site: with the token, to no other address, and repeated where that is safe."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from .errors import Busy, NotFound, Refused, Unauthorized, Unreachable

VERSION = "0.1.0"
T = TypeVar("T")
LONGEST_PAUSE = 60.0
"""A longer Retry-After, as of a daily limit, is not waited for. Seconds."""
FIRST_PAUSE = 0.5
"""The pause after an attempt without an answer; the next ones are twice as long each."""
BROKEN = (OSError, http.client.HTTPException)
"""No connection, or one that broke; URLError and timeouts are among them."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """urllib would send the token on, to any address."""

    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None


class Transport:
    def __init__(self, url: str, token: str, *, attempts: int, timeout: float) -> None:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("The address of the site must begin with http:// or https://.")
        if not token.isascii() or not token.isprintable():
            raise ValueError("The token has characters that no token has.")
        self.url = url.rstrip("/")
        self._token = token
        self._attempts = attempts
        self._timeout = timeout
        self._opener = urllib.request.build_opener(NoRedirect)

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request, bytes as they are and else as JSON, and return the JSON of its answer.

        Raises SafeCodeError.
        """

        def send() -> Any:
            with self._open(method, path, body, headers) as answer:
                return json.loads(answer.read())

        try:
            return self._repeated(send)
        except ValueError as error:
            raise Unreachable(f"{self.url} answers with something else than JSON.") from error

    def content(self, path: str) -> bytes:
        """Get the content at a path of the site. Raises SafeCodeError."""
        if not path.startswith("/"):
            raise Unreachable("The address of the file is none of this site.")

        def get() -> bytes:
            with self._open("GET", path, None, {"Accept": "*/*"}) as answer:
                return answer.read()

        return self._repeated(get)

    def stream(self, path: str, body: Any, **headers: str) -> http.client.HTTPResponse:
        """Send a request, and return its answer, to be read and closed. Raises SafeCodeError."""
        wanted = {**headers, "Accept": "text/event-stream"}
        return self._repeated(lambda: self._open("POST", path, body, wanted))

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Send bytes once; return status and body of the answer, whatever it is."""
        request = self._request("POST", path, body, {"Accept": "application/json", **headers})
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except BROKEN as error:
            raise Unreachable(f"{self.url} does not answer: {error}") from error

    def _repeated(self, send: Callable[[], T]) -> T:
        """Send until there is an answer. Raises Busy or Unreachable after the last attempt."""
        for attempt in range(1, self._attempts + 1):
            try:
                return send()
            except Busy as error:
                if attempt == self._attempts or error.retry_after > LONGEST_PAUSE:
                    raise
                pause = error.retry_after
            except BROKEN as error:
                if attempt == self._attempts:
                    raise Unreachable(f"{self.url} does not answer: {error}") from error
                pause = FIRST_PAUSE * 2 ** (attempt - 1)
            time.sleep(pause)
        raise ValueError("attempts must be at least 1")

    def _open(
        self, method: str, path: str, body: Any, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        is_file = isinstance(body, bytes)
        data = body if body is None or is_file else json.dumps(body).encode()
        kind = {"Content-Type": "application/octet-stream"} if is_file else {}
        given = {"Accept": "application/json", **kind, **headers}
        try:
            answer: http.client.HTTPResponse = self._opener.open(
                self._request(method, path, data, given), timeout=self._timeout
            )
        except urllib.error.HTTPError as error:
            with error:
                _raise_for(error)
        return answer

    def _request(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> urllib.request.Request:
        own = {
            "Authorization": f"Bearer {self._token}",
            "User-Agent": f"safecode/{VERSION}",
            **({} if data is None else {"Content-Type": "application/json"}),
        }
        return urllib.request.Request(self.url + path, data, {**own, **headers}, method=method)


def _raise_for(error: urllib.error.HTTPError) -> NoReturn:
    """Raise the exception that belongs to an answer."""
    try:
        body = json.loads(error.read())
        detail, code = str(body["detail"]), str(body["code"])
        fields = dict(body.get("fields") or {})
    except (ValueError, KeyError, TypeError, *BROKEN):
        detail, code, fields = f"The site answers {error.code}.", "", {}
    if error.code in {429, 502, 503, 504}:
        raise Busy(
            detail, code=code, retry_after=_seconds(error.headers.get("Retry-After"))
        ) from None
    kinds = {401: Unauthorized, 403: Unauthorized, 404: NotFound}
    raise kinds.get(error.code, Refused)(
        detail, status=error.code, code=code, fields=fields
    ) from None


def _seconds(header: str | None) -> float:
    return float(header) if header and header.isascii() and header.isdigit() else 1.0
