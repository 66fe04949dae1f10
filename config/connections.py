"""Connections of the server: each has a deadline, each client has a share, and refusals are readable.

waitress reads requests and writes answers in one loop. Its own limits count connections in all and renew
their time with each byte, so a thousand that send a byte now and then are the end of the site. Here

* a request has REQUEST_SECONDS from its first byte to its last,
* one client has at most CONNECTION_MAX_PER_ADDRESS connections; more are answered 429 and closed,
* a reader of an answer has to take some of it in each while,
* a connection that is closed with a refusal is drained first: closing it while the client still sends
  would reset it, and the client would never see the answer.
"""

import json
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from threading import Lock
from time import monotonic
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher

ACCEPTED_AT_ONCE = 64
"""In one round of the loop. One, as waitress has it, lets a crowd of new connections hold up others."""
READER_GRACE_SECONDS = 20.0
READER_BYTES_PER_SECOND = 4096
"""Of an answer that waits to be read, after the grace. The slowest networks are faster."""
DRAINED_BYTES = 64 * 1024 * 1024
"""Read and thrown away of a refused body; who sends more is cut off."""
DRAIN_SECONDS = 10.0
RETRY_SECONDS = 5
IDLE_SECONDS = 30
"""A connection without a request is closed after this."""
BODY_BYTES = 4 * 1024 * 1024
"""Where reading stops. The site's own limit is lower and has a better answer (settings)."""
HEADER_BYTES = 96 * 1024
"""waitress searches all of it again with each piece that comes, so a larger one costs its square."""
ANSWER_BUFFER_BYTES = 4 * 1024 * 1024
"""Of an answer that comes in pieces, kept for a reader; then the thread that makes it waits."""
LONGEST_REASON = 200
LONGEST_ADDRESS = 50
CODES = {413: "too_large", 429: "too_many_connections"}
"""As the site itself calls them."""
NO_ROOM = "Too many connections from this address; try again later."
TOO_SLOW = "The request did not arrive in time."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What connections may take."""

    connections: int
    per_address: int
    request_seconds: float
    trusted_proxies: int


def refusal(status: int, detail: str, code: str) -> bytes:
    """Build a whole answer, in the shape of the API's errors: most clients here are programs."""
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
    """Answers what waitress itself refuses. Its own text quotes the request at any length."""

    def execute(self) -> None:
        error = self.request.error
        reason = f"{error.reason}: {error.body}"[:LONGEST_REASON]
        body = json.dumps({"detail": reason, "code": CODES.get(error.code, "bad_request")})
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        if error.code == NoRoom.code:
            self.response_headers.append(("Retry-After", str(RETRY_SECONDS)))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body.encode())


class NoRoom:
    """What a request is refused with if its client has too many."""

    code = 429
    reason = "Too Many Requests"
    body = NO_ROOM


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """A request as it comes in. Once its headers are there, its client is known."""

    error: Any = None

    def __init__(self, channel: "Channel", adj: Adjustments) -> None:
        super().__init__(adj)
        self._channel: Channel | None = channel

    def received(self, data: bytes) -> int:
        used = int(super().received(data))
        if self.headers_finished and self._channel is not None:
            channel, self._channel = self._channel, None
            if not channel.server.has_room_for(channel, self.headers):
                self.error, self.completed = NoRoom, True
        if self.error:
            self.expect_continue = False  # waitress would ask for the body that it has refused
        return used


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection. Everything here but `service` runs in the server's loop."""

    error_task_class = Refusal
    will_close: bool

    def __init__(self, server: "Server", sock: socket.socket, addr: Any, *args: Any, **kw: Any):
        self.client: str | None = None
        self._request_began: float | None = None
        self._answer_began: float | None = None
        self._sent = 0
        self._drains = False
        self._drain_until: float | None = None
        self._drained = 0
        self.parser_class = partial(Parser, self)
        super().__init__(server, sock, addr, *args, **kw)

    def received(self, data: bytes) -> bool:
        if self._request_began is None:
            self._request_began = monotonic()
        is_used = bool(super().received(data))
        if self.requests:
            self._request_began = None
            self._drains = self._drains or any(one.error for one in self.requests)
        return is_used

    def service(self) -> None:
        super().service()
        self.server.answered(self)
        # What came behind the request that was answered is the beginning of another.
        self._request_began = monotonic() if self.request is not None else None

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent = int(super().send(data, do_close=do_close))
        self._sent += sent
        return sent

    def readable(self) -> bool:
        return self._drain_until is not None or bool(super().readable())

    def handle_read(self) -> None:
        if self._drain_until is None:
            super().handle_read()
            return
        try:
            data = self.recv(self.adj.recv_bytes)  # closes the channel at the end of the stream
        except OSError:
            self.handle_close()
            return
        self._drained += len(data)
        if self._drained > DRAINED_BYTES and self.connected:
            self.handle_close()

    def handle_write(self) -> None:
        if not (self._drains and self.close_when_flushed):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:  # the flush failed
            self.handle_close()
        elif not self.total_outbufs_len:
            self._begin_to_drain()

    def _begin_to_drain(self) -> None:
        self._drains = self.close_when_flushed = False
        self._drain_until = monotonic() + DRAIN_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:  # the client has left
            self.handle_close()

    def refuse(self, answer: bytes) -> None:
        """Send an answer to a request that has not come whole, and close."""
        with self.outbuf_lock:
            self.outbufs[-1].append(answer)
            self.total_outbufs_len += len(answer)
        self._request_began = None
        self._drains = self.close_when_flushed = True

    def keep_time(self, now: float) -> None:
        """End what takes too long.

        waitress's `will_close` waits until the socket takes more output, which it never does while its
        reader sleeps: so it is closed here. A thread that waits for the reader gets an exception.
        """
        if self._drain_until is not None:
            if now > self._drain_until:
                self.handle_close()
        elif self._reads_too_slowly(now):
            self.handle_close()
        elif self.requests or self._request_began is None:
            pass  # under way, or idle, which is waitress's own time-out
        elif now - self._request_began > self.server.bounds.request_seconds:
            self.refuse(refusal(408, TOO_SLOW, "request_timeout"))

    def _reads_too_slowly(self, now: float) -> bool:
        if not self.total_outbufs_len:
            self._answer_began = None
            return False
        if self._answer_began is None:
            self._answer_began, self._sent = now, 0
        seconds = now - self._answer_began
        if seconds <= READER_GRACE_SECONDS:
            return False
        is_slow = self._sent < seconds * READER_BYTES_PER_SECOND
        # Each while counts by itself: the system's buffers take megabytes at once that nobody has read.
        self._answer_began, self._sent = now, 0
        return is_slow

    def del_channel(self, map: Any = None) -> None:
        super().del_channel(map)
        self.server.left(self)


class Server(TcpWSGIServer):  # type: ignore[misc]
    """waitress's server with bounded connections."""

    channel_class = Channel

    def __init__(
        self, application: Callable[..., Any], listener: socket.socket, bounds: Bounds, threads: int
    ) -> None:
        self.bounds = bounds
        self._connections: Counter[str] = Counter()
        self._lock = Lock()  # threads of requests give places back, too
        adjustments = Adjustments(
            threads=threads,
            connection_limit=bounds.connections,
            asyncore_use_poll=True,  # select() has no room for more than 1,024 descriptors
            asyncore_loop_timeout=1,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=1,
            max_request_body_size=BODY_BYTES,
            max_request_header_size=HEADER_BYTES,
            clear_untrusted_proxy_headers=False,  # TRUSTED_PROXIES decides, in the settings
            outbuf_high_watermark=ANSWER_BUFFER_BYTES,
            ident=None,
        )
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(threads)
        super().__init__(
            application,
            {},
            _sock=listener,
            dispatcher=dispatcher,
            adj=adjustments,
            bind_socket=False,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        )

    def handle_accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted = self.accept()
                if accepted is None:
                    return
                connection, address = accepted
                self.set_socket_options(connection)
            except OSError:  # out of descriptors, or the client has left already
                return
            if self._is_full_for(address[0]):
                turn_away(connection)
            else:
                channel = self.channel_class(self, connection, address, self.adj, map=self._map)
                if not self.bounds.trusted_proxies:
                    self._count(channel, share_of(address[0]))

    def has_room_for(self, channel: Channel, headers: dict[str, str]) -> bool:
        """Count a connection of a trusted proxy for the client that it names, while it serves it."""
        if not self.bounds.trusted_proxies:
            return True
        client = forwarded_client(headers, self.bounds.trusted_proxies)
        if client == channel.client:
            return True
        self.left(channel)
        if client is None:
            return True
        if self._connections[client] >= self.bounds.per_address:
            return False
        self._count(channel, client)
        return True

    def answered(self, channel: Channel) -> None:
        """A proxy's connection serves one client after another."""
        if self.bounds.trusted_proxies:
            self.left(channel)

    def _is_full_for(self, address: str) -> bool:
        if self.bounds.trusted_proxies:
            return False
        return self._connections[share_of(address)] >= self.bounds.per_address

    def _count(self, channel: Channel, client: str) -> None:
        with self._lock:
            channel.client = client
            self._connections[client] += 1

    def left(self, channel: Channel) -> None:
        """Give the place back that a connection has with its client, if it has one."""
        with self._lock:
            client, channel.client = channel.client, None
            if client is not None:
                self._connections[client] -= 1
                if not self._connections[client]:
                    del self._connections[client]

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        moment = monotonic()
        for channel in list(self.active_channels.values()):
            channel.keep_time(moment)


def forwarded_client(headers: dict[str, str], trusted_proxies: int) -> str | None:
    """Read the client's address from X-Forwarded-For: what the outermost trusted proxy saw."""
    addresses = [one.strip() for one in headers.get("X_FORWARDED_FOR", "").split(",")]
    return share_of(addresses[-trusted_proxies]) if len(addresses) >= trusted_proxies else None


def share_of(address: str) -> str:
    """Name the client that an address stands for: a customer's IPv6 addresses are a network of 2**64."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:LONGEST_ADDRESS]
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))


def turn_away(connection: socket.socket) -> None:
    """Answer a connection that gets no channel, as far as that is possible without waiting."""
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
