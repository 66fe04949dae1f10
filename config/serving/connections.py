"""Connections of the server: each has a deadline, each client has a share, and refusals are readable.

waitress reads requests and writes answers in one loop. Its own limits count all connections together and
extend their time with each byte, so a thousand connections that send a byte now and then block the site.
This server adds five rules:

* A request has REQUEST_SECONDS from its first byte to its last, and more as its body arrives.
* One client has at most CONNECTION_MAX_PER_ADDRESS connections, and an IPv6 customer four times as many.
  Further ones get a 429 and are closed.
* A client must read its answer at READER_BYTES_PER_SECOND or faster.
* What is left unread has a bound for each client, and one for all (unread.py).
* A connection that is closed with a refusal is drained first: closing it while the client still sends
  would reset it, and the client would never see the answer.

And it stops without cutting anybody off: see `Server.serve`.
"""

import socket
from collections import Counter
from collections.abc import Callable
from copy import copy
from functools import partial
from threading import Lock, get_ident
from time import monotonic, time
from typing import Any

from django.conf import settings
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from submissions.accounts.addresses import customer_of, share_of
from submissions.http.codes import Code

from .bodies import ALL_BYTES, Budget
from .heads import HEAD_BYTES
from .parsing import Parser, Refusal, refusal, turn_away
from .places import ConnectionBounds, Place, forwarded_client, place_of
from .threads import Threads
from .unread import too_many

BACKLOG = 1024
"""Connections that wait in the system to be accepted."""
ACCEPTED_AT_ONCE = 64
"""Connections accepted in one round of the loop. waitress accepts one: a burst delays others."""
READER_GRACE_SECONDS = 20.0
READER_BYTES_PER_SECOND = 4096
"""Minimum reading rate for an answer, after the grace. The slowest networks are faster."""
BODY_BYTES_PER_SECOND = 64 * 1024
"""A request has another second for each of these bytes of its body, once they are here: so a large upload
may be slow, and one that does not arrive has no more time than any other."""
DRAINED_BYTES = 64 * 1024 * 1024
"""Bytes of a refused body that are read and discarded; beyond them the connection is cut."""
DRAIN_SECONDS = 10.0
LAST_REQUEST_SECONDS = 1.0
"""How long a server that stops still waits for a request on an idle connection."""
IDLE_SECONDS = 30
"""Idle time after which a connection without a request is closed."""
ANSWER_BUFFER_BYTES = 512 * 1024
"""Bytes of a streamed answer that are buffered for a reader; beyond them the sending thread waits, and
what its request holds stays held. From 1 MiB on, waitress would put them into a temporary file."""
TOO_SLOW = "The request did not arrive in time. Send it again, faster."


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection. All methods except `service` run in the server's loop."""

    error_task_class = Refusal
    will_close: bool

    def __init__(self, server: "Server", sock: socket.socket, addr: Any, *args: Any, **kw: Any):
        self.place: Place | None = None
        self.client = ""
        """The customer of the last request. Behind a proxy the place is given back with the answer."""
        self._request_began: float | None = None
        self.answer_began: float | None = None
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
        if self.server.is_stopping:
            self.say_goodbye()
        served = self.place
        super().service()
        self.server.answered(self, served)
        # Bytes after the answered request are the start of the next one.
        self._request_began = monotonic() if self.request is not None else None

    def _keep_no_thread_for_a_reader(self) -> None:
        """Close after the first of several pipelined requests; HTTP lets the client repeat the others.
        A thread that answers them one after another would wait here for a slow reader."""
        with self.requests_lock:
            if len(self.requests) > 1:
                self.requests[0].headers["CONNECTION"] = "close"
                self._drains = True  # so that later requests do not cause a reset

    def say_goodbye(self) -> None:
        """Close after the answer to the present request, and say so in it if it has not begun."""
        with self.requests_lock:
            for one in self.requests[:1]:
                one.headers["CONNECTION"] = "close"
                self._drains = True  # so that a next request causes no reset

    def is_idle(self) -> bool:
        """Whether no request is here, not even in part, no answer is left to be read, and nothing is
        drained."""
        is_draining = self._drain_until is not None or self.close_when_flushed
        return not (self.requests or self.request or self.total_outbufs_len or is_draining)

    def send(self, data: bytes, do_close: bool = True) -> int:
        # Only the loop closes channels, since it goes through all of them. It will close this one.
        do_close &= get_ident() == self.server.loop_thread
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
        """Send an answer to an incomplete request, and close."""
        with self.outbuf_lock:
            self.outbufs[-1].append(answer)
            self.total_outbufs_len += len(answer)
        if self.request is not None:
            self.request.close()
        self._request_began = None
        self._drains = self.close_when_flushed = True

    def keep_time(self, now: float) -> None:
        """Close the connection if its request, its reader or its draining takes too long.

        waitress's `will_close` waits until the socket accepts more output, which it never does while the
        reader is idle, so this closes it at once. A thread that waits for the reader gets an exception.
        """
        if self._drain_until is not None:
            if now > self._drain_until:
                self.handle_close()
        elif self._reads_too_slowly(now):
            self.handle_close()
        elif self.requests or self._request_began is None:
            pass  # answered at the moment, or idle, for which waitress has a timeout
        elif now - self._request_began > self.server.bounds.request_seconds + self._earned():
            self.refuse(refusal(Code.REQUEST_TIMEOUT, TOO_SLOW))

    def _earned(self) -> float:
        """Return the seconds that the body of the present request has got by arriving."""
        return self.request.body_bytes_received / BODY_BYTES_PER_SECOND if self.request else 0.0

    def _reads_too_slowly(self, now: float) -> bool:
        if not self.total_outbufs_len:
            self.answer_began = None
            return False
        if self.answer_began is None:
            self.answer_began, self._sent = now, 0
        seconds = now - self.answer_began
        if seconds <= READER_GRACE_SECONDS:
            return False
        is_slow = self._sent < seconds * READER_BYTES_PER_SECOND
        # Measure each period by itself: the system's buffers accept megabytes at once that are not read.
        self.answer_began, self._sent = now, 0
        return is_slow

    def del_channel(self, map: Any = None) -> None:
        super().del_channel(map)
        if self.request is not None:
            self.request.close()
        self.server.release(self)


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
        """Connections by client, and by customer of IPv6."""
        self._lock = Lock()  # request threads return places, too
        self.is_stopping = False
        adjustments = Adjustments(
            threads=threads,
            connection_limit=bounds.connections,
            asyncore_use_poll=True,  # select() handles at most 1,024 descriptors
            asyncore_loop_timeout=1,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=1,
            max_request_body_size=settings.BODY_BYTES,
            max_request_header_size=HEAD_BYTES,
            clear_untrusted_proxy_headers=False,  # TRUSTED_PROXIES decides, in the settings
            # No body goes to a temporary file: the budget bounds what all of them take in memory.
            inbuf_overflow=max(settings.BODY_BYTES, settings.UPLOAD_BODY_BYTES),
            outbuf_high_watermark=ANSWER_BUFFER_BYTES,
            ident=None,
        )
        self.adj_of_uploads = copy(adjustments)
        self.adj_of_uploads.max_request_body_size = settings.UPLOAD_BODY_BYTES
        dispatcher = Threads()
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

    def stop(self) -> None:
        """Have `serve` end. Any thread, and a handler of signals, may call this."""
        self.is_stopping = True
        self.pull_trigger()

    def serve(self, stop_seconds: float) -> None:
        """Serve until `stop`; then answer what has come, within `stop_seconds`.

        From then on nobody can connect. A connection is closed after its present answer, which says so
        to a client that would send more. An idle one has another second: its next request may be on its
        way, and a proxy answers 502 for a request whose connection breaks.
        """
        self.loop_thread = get_ident()
        while not self.is_stopping:
            self._turn()
        # These clients are connected, as far as their system knows.
        for _ in range(BACKLOG // ACCEPTED_AT_ONCE):
            self.handle_accept()
        self.asyncore.dispatcher.close(self)  # the listener only
        began, until = time(), monotonic() + stop_seconds
        for channel in list(self.active_channels.values()):
            channel.say_goodbye()
        while self.active_channels and monotonic() < until:
            self._turn()
            self._close_idle(began)
            self.maintenance(time())
        self.task_dispatcher.shutdown(timeout=max(1, until - monotonic()))

    def _turn(self) -> None:
        """Handle what has happened to the connections, or wait a moment for something."""
        self.asyncore.loop(
            timeout=self.adj.asyncore_loop_timeout,
            use_poll=self.adj.asyncore_use_poll,
            map=self._map,
            count=1,
        )

    def _close_idle(self, began: float) -> None:
        for channel in list(self.active_channels.values()):
            seconds = time() - max(began, channel.last_activity)
            if channel.is_idle() and not 0 <= seconds <= LAST_REQUEST_SECONDS:
                channel.handle_close()

    def handle_accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted = self.accept()
                if accepted is None:
                    return
                connection, address = accepted
                self.set_socket_options(connection)
            except OSError:  # no descriptors left, or the client has left
                return
            client = share_of(address[0])
            if not self.bounds.trusted_proxies and self._is_full_for(client):
                turn_away(connection)
            else:
                channel = self.channel_class(self, connection, address, self.adj, map=self._map)
                if not self.bounds.trusted_proxies:
                    self._count(channel, client)

    def admit(self, channel: Channel, headers: dict[str, str]) -> bool:
        """Count a trusted proxy's connection for the client of its present request. Return False if that
        client has too many."""
        if not self.bounds.trusted_proxies:
            return True
        client = forwarded_client(headers, self.bounds.trusted_proxies)
        self.release(channel)
        if client is None:
            return True
        if self._is_full_for(client):
            return False
        self._count(channel, client)
        return True

    def answered(self, channel: Channel, served: Place | None) -> None:
        """Return the place of a proxy's request after its answer. The loop may have read the next request
        by now; that one keeps its place."""
        if self.bounds.trusted_proxies:
            self._release(channel, served)

    def _is_full_for(self, client: str) -> bool:
        is_full = self.held[client] >= self.bounds.per_address
        return is_full or self.held[customer_of(client)] >= self.bounds.per_customer

    def _count(self, channel: Channel, client: str) -> None:
        place = place_of(client)
        with self._lock:
            channel.place, channel.client = place, place.customer
            self.held.update(place.counted)

    def release(self, channel: Channel) -> None:
        """Return the connection's place, if it has one."""
        self._release(channel, channel.place)

    def _release(self, channel: Channel, place: Place | None) -> None:
        with self._lock:
            if place is None or channel.place is not place:
                return
            channel.place = None
            self.held.subtract(place.counted)
            for one in place.counted:
                if not self.held[one]:
                    del self.held[one]

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        moment = monotonic()
        for channel in list(self.active_channels.values()):
            channel.keep_time(moment)
        for channel in too_many(self.active_channels.values()):
            channel.handle_close()
