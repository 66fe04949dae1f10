"""Parses requests as they arrive, and answers those that do not reach the site, in the form of the API's
errors."""

import json
import re
import socket
from http import HTTPStatus
from typing import Any

from django.conf import settings
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.task import ErrorTask
from waitress.utilities import BadRequest

from executor import size_of
from submissions.http.codes import OUR_FAULT, Code, code_for, error_body

from .bodies import FREE_BYTES, Budget
from .heads import HEAD_BYTES, LongHeader, check, check_after, long_header

UPLOADS = re.compile(r"/api/files/?|/librechat/(?:[^/]+/)?upload(?:/batch)?/?")
"""The addresses that take a larger body."""
CHUNK_LINE_BYTES, TRAILER_BYTES = 1024, 8192
"""The longest line before a chunk, and what may follow the last one. waitress reads all of it again with
each piece that arrives, so that a byte now and then would occupy the loop."""
RETRY_SECONDS = 5
LONGEST_REASON = 200
AGAIN = f"Try again in {RETRY_SECONDS} s."
NO_ROOM = f"Too many connections from this address. {AGAIN}"
NO_MEMORY = f"The server is busy: too many large requests are under way. {AGAIN}"
CODES = {400: Code.BAD_REQUEST, 429: Code.TOO_MANY_CONNECTIONS}
"""Of the statuses that have several codes, the server's own."""
SENTENCES = {
    Code.HEADERS_TOO_LARGE: f"The headers are larger than {size_of(HEAD_BYTES)}.",
    Code.NOT_IMPLEMENTED: "Only chunked is possible as Transfer-Encoding.",
    Code.ERROR: OUR_FAULT,
    Code.TOO_MANY_CONNECTIONS: NO_ROOM,
    Code.BUSY: NO_MEMORY,
}


def refusal(code: Code, detail: str) -> bytes:
    """Build a complete answer, in the form of the API's errors: most clients here are programs."""
    body = json.dumps(error_body(code, detail)).encode()
    lines = [
        f"HTTP/1.1 {code.status} {HTTPStatus(code.status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Retry-After: {RETRY_SECONDS}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Refusal(ErrorTask):  # type: ignore[misc] # waitress has no types
    """The answer to requests that waitress refuses. waitress's own text quotes them at any length."""

    def execute(self) -> None:
        error = self.request.error
        code = CODES.get(error.code) or code_for(error.code)
        reason = f"This is not valid HTTP: {error.body}"[:LONGEST_REASON]
        body = json.dumps(error_body(code, self._sentence(code) or reason))
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        if error.code in {NoRoom.code, NoMemory.code}:
            self.response_headers.append(("Retry-After", str(RETRY_SECONDS)))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body.encode())

    def _sentence(self, code: Code) -> str | None:
        if isinstance(error := self.request.error, LongHeader):
            return error.body
        if code is not Code.TOO_LARGE:
            return SENTENCES.get(code)
        if self.request.adj is self.channel.server.adj_of_uploads:
            return f"The file is larger than {size_of(settings.UPLOAD_MAX_BYTES)}."
        most = size_of(settings.BATCH_MAX_BYTES)
        return f"The body is larger than {most}, the most that this address takes."


class NoRoom:
    """The refusal of a request whose client has too many connections."""

    code = 429
    reason = "Too Many Requests"
    body = NO_ROOM


class NoMemory:
    """The refusal of a request when the budget for bodies is used up."""

    code = 503
    reason = "Service Unavailable"
    body = NO_MEMORY


def turn_away(connection: socket.socket) -> None:
    """Answer and close a connection that gets no channel, as far as possible without waiting."""
    try:
        connection.setblocking(False)
        connection.send(refusal(Code.TOO_MANY_CONNECTIONS, NO_ROOM))
        connection.shutdown(socket.SHUT_WR)
        # Unread bytes would turn the close into a reset, and the answer would be lost.
        connection.recv(65536)
    except OSError:
        pass
    finally:
        connection.close()


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Parses a request as it arrives. Its client is known when the headers are complete."""

    error: Any = None

    def __init__(self, channel: HTTPChannel, adj: Adjustments) -> None:
        super().__init__(adj)
        self._channel: HTTPChannel | None = channel
        self._bodies: Budget = channel.server.bodies
        self._client = ""
        self._kept = 0

    def received(self, data: bytes) -> int:
        used = int(super().received(data))
        if self.headers_finished and self._channel is not None:
            channel, self._channel = self._channel, None
            if not channel.server.admit(channel, self.headers):
                self.error = NoRoom
            self._client = channel.place.customer if channel.place else ""
        if not self._keep():
            self.error = NoMemory
        if isinstance(chunks := self.body_rcv, ChunkedReceiver) and (
            len(chunks.control_line) > CHUNK_LINE_BYTES or len(chunks.trailer) > TRAILER_BYTES
        ):
            self.error = BadRequest("A line around a chunk is too long.")
        if self.error:
            self.completed = True
            self.expect_continue = False  # waitress would ask for the body that it has refused
            self.close()  # nobody reads the part that has arrived
        return used

    def parse_header(self, header_plus: bytes) -> None:
        check(header_plus)
        try:
            super().parse_header(header_plus)
        except ValueError:  # its text may quote all of the address
            raise ParsingError("The address or the length is invalid.") from None
        self.error = long_header(self.headers)
        if self.error is None:
            check_after(self.headers)
        # Servers differ in which of the two counts: a request could hide in the body of another.
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Send Content-Length or Transfer-Encoding, not both.")
        if self._channel is not None and UPLOADS.fullmatch(self.path):
            self.adj = self._channel.server.adj_of_uploads

    def _keep(self) -> bool:
        """Count the bytes of the body that have arrived since the last call, beyond the free ones."""
        more = max(0, self.body_bytes_received - FREE_BYTES) - self._kept
        if more > 0 and not self._bodies.take(self._client, more):
            return False
        self._kept += more
        return True

    def close(self) -> None:
        """Return the body's memory to the budget. Either the answering thread or the loop calls this."""
        super().close()
        kept, self._kept = self._kept, 0
        if kept:
            self._bodies.give_back(self._client, kept)
