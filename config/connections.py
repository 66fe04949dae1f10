"""Connections of the server: each has a deadline, each client has a share, and refusals are readable.

waitress reads requests and writes answers in one loop. Its own limits count connections in all and renew
their time with each byte, so a thousand that send a byte now and then are the end of the site. Here

* a request has REQUEST_SECONDS from its first byte to its last,
* one client has at most CONNECTION_MAX_PER_ADDRESS connections; more are answered 429 and closed,
* a reader of an answer has to take some of it in each while,
* a connection that is closed with a refusal is drained first: closing it while the client still sends
  would reset it, and the client would never see the answer.
"""

import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from submissions.accounts.addresses import share_of

from .bodies import ALL_BYTES, Budget
from .refusals import NoMemory, NoRoom, Refusal, refusal, turn_away

ACCEPTED_AT_ONCE = 64
"""In one round of the loop. One, as waitress has it, lets a crowd of new connections hold up others."""
READER_GRACE_SECONDS = 20.0
READER_BYTES_PER_SECOND = 4096
"""Of an answer that waits to be read, after the grace. The slowest networks are faster."""
DRAINED_BYTES = 64 * 1024 * 1024
"""Read and thrown away of a refused body; who sends more is cut off."""
DRAIN_SECONDS = 10.0
IDLE_SECONDS = 30
"""A connection without a request is closed after this."""
BODY_BYTES = (2 * 1024 + 64) * 1024
"""Where reading stops: just above BATCH_MAX_BYTES, which has a better answer. As in deploy/Caddyfile."""
HEADER_BYTES = 96 * 1024
"""waitress searches all of it again with each piece that comes, so a larger one costs its square."""
OWN_FILES = 256
"""Descriptors for all but connections and the server's threads: background threads', logs, code."""
FILES_PER_THREAD = 8
"""Database (SQLite: with its log and index), engine, broker, and what an answer is read from."""
FILES_PER_CONNECTION = 2
"""The socket, and a file for what is larger than the buffer in memory."""
ANSWER_BUFFER_BYTES = 4 * 1024 * 1024
"""Of an answer that comes in pieces, kept for a reader; then the thread that makes it waits."""
TOO_SLOW = "The request did not arrive in time."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionBounds:
    """What connections may take."""

    connections: int
    per_address: int
    request_seconds: float
    trusted_proxies: int


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """What a connection holds of its client's share; behind a proxy each request has one of its own."""

    client: str


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """A request as it comes in. Once its headers are there, its client is known."""

    error: Any = None

    def __init__(self, channel: "Channel", adj: Adjustments) -> None:
        super().__init__(adj)
        self._channel: Channel | None = channel
        self._bodies: Budget = channel.server.bodies
        self._client = ""
        self._kept = 0

    def received(self, data: bytes) -> int:
        used = int(super().received(data))
        if self.headers_finished and self._channel is not None:
            channel, self._channel = self._channel, None
            if not channel.server.has_room_for(channel, self.headers):
                self.error, self.completed = NoRoom, True
            self._client = channel.place.client if channel.place else ""
        if not self._keep():
            self.error, self.completed = NoMemory, True
        if self.error:
            self.expect_continue = False  # waitress would ask for the body that it has refused
            self.close()  # nobody reads what has come of it
        return used

    def _keep(self) -> bool:
        """Count what has come of the body since the last time."""
        more = self.body_bytes_received - self._kept
        if more and not self._bodies.take(self._client, more):
            return False
        self._kept += more
        return True

    def close(self) -> None:
        """Give the body's memory back. By the thread that answers, or by the loop: never by both."""
        super().close()
        kept, self._kept = self._kept, 0
        if kept:
            self._bodies.give_back(self._client, kept)


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection. Everything here but `service` runs in the server's loop."""

    error_task_class = Refusal
    will_close: bool

    def __init__(self, server: "Server", sock: socket.socket, addr: Any, *args: Any, **kw: Any):
        self.place: Place | None = None
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
        self._keep_no_thread_for_a_reader()
        served = self.place
        super().service()
        self.server.answered(self, served)
        # What came behind the request that was answered is the beginning of another.
        self._request_began = monotonic() if self.request is not None else None

    def _keep_no_thread_for_a_reader(self) -> None:
        """Close behind the first of several requests that came in one piece; HTTP lets the client repeat
        the others. A thread that answers one after another would wait here for a slow reader."""
        with self.requests_lock:
            if len(self.requests) > 1:
                self.requests[0].headers["CONNECTION"] = "close"
                self._drains = True  # and reset nothing that is behind them

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
        if self.request is not None:
            self.request.close()
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
        if self.request is not None:
            self.request.close()
        self.server.left(self)


class Server(TcpWSGIServer):  # type: ignore[misc]
    """waitress's server with bounded connections."""

    channel_class = Channel

    def __init__(
        self,
        application: Callable[..., Any],
        listener: socket.socket,
        bounds: ConnectionBounds,
        threads: int,
    ) -> None:
        self.bounds = bounds
        self.bodies = Budget(ALL_BYTES)
        self.held: Counter[str] = Counter()
        """Connections by client."""
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
        self.left(channel)
        if client is None:
            return True
        if self.held[client] >= self.bounds.per_address:
            return False
        self._count(channel, client)
        return True

    def answered(self, channel: Channel, served: Place | None) -> None:
        """A proxy's connection serves one client after another. The loop may have read the next request
        by now, and that one's place stays."""
        if self.bounds.trusted_proxies:
            self._give_back(channel, served)

    def _is_full_for(self, address: str) -> bool:
        if self.bounds.trusted_proxies:
            return False
        return self.held[share_of(address)] >= self.bounds.per_address

    def _count(self, channel: Channel, client: str) -> None:
        with self._lock:
            channel.place = Place(client)
            self.held[client] += 1

    def left(self, channel: Channel) -> None:
        """Give the place back that a connection has with its client, if it has one."""
        self._give_back(channel, channel.place)

    def _give_back(self, channel: Channel, place: Place | None) -> None:
        with self._lock:
            if place is None or channel.place is not place:
                return
            channel.place = None
            self.held[place.client] -= 1
            if not self.held[place.client]:
                del self.held[place.client]

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        moment = monotonic()
        for channel in list(self.active_channels.values()):
            channel.keep_time(moment)


def connections_for(files: int, threads: int) -> int:
    """Return how many connections a process may have for a limit of open files."""
    own = OWN_FILES + FILES_PER_THREAD * threads
    return max(1, (files - own) // FILES_PER_CONNECTION)


def forwarded_client(headers: dict[str, str], trusted_proxies: int) -> str | None:
    """Read the client's address from X-Forwarded-For: what the outermost trusted proxy saw."""
    addresses = [one.strip() for one in headers.get("X_FORWARDED_FOR", "").split(",")]
    return share_of(addresses[-trusted_proxies]) if len(addresses) >= trusted_proxies else None
