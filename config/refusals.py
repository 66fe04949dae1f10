"""The server's own answers to requests that do not reach the site, in the format of the API's errors."""

import json
import socket
from http import HTTPStatus

from waitress.task import ErrorTask

RETRY_SECONDS = 5
LONGEST_REASON = 200
CODES = {413: "too_large", 429: "too_many_connections", 503: "busy"}
"""The same codes as the site's."""
NO_ROOM = "Too many connections from this address; try again later."
NO_MEMORY = "Too many large requests are under way; try again later."


def refusal(status: int, detail: str, code: str) -> bytes:
    """Build a complete answer, in the format of the API's errors: most clients here are programs."""
    body = json.dumps({"detail": detail, "code": code}).encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
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
        reason = f"{error.reason}: {error.body}"[:LONGEST_REASON]
        body = json.dumps({"detail": reason, "code": CODES.get(error.code, "bad_request")})
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        if error.code in {NoRoom.code, NoMemory.code}:
            self.response_headers.append(("Retry-After", str(RETRY_SECONDS)))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body.encode())


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
        connection.send(refusal(429, NO_ROOM, "too_many_connections"))
        connection.shutdown(socket.SHUT_WR)
        # Unread bytes would turn the close into a reset, and the answer would be lost.
        connection.recv(65536)
    except OSError:
        pass
    finally:
        connection.close()
