"""A TCP relay to a service, which a test can cut like a network."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

PIECE_BYTES = 64 * 1024


class Relay:
    """Passes on all connections to an address."""

    def __init__(self, to: str) -> None:
        there = urlsplit(to)
        self._there = (there.hostname or "", there.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: set[socket.socket] = set()
        self._last_words = b""
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break all connections; new ones are passed on."""
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def cut_after(self, words: bytes) -> None:
        """Break all connections once, as soon as the service has sent these words."""
        self._last_words = words

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._there)
                self._sockets |= {client, server}
                for source, sink in ((client, server), (server, client)):
                    work = (source, sink, source is server)
                    threading.Thread(target=self._copy, args=work, daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, is_of_the_service: bool) -> None:
        heard = b""
        with suppress(OSError):  # cut
            while piece := source.recv(PIECE_BYTES):
                sink.sendall(piece)
                heard = heard[-PIECE_BYTES:] + piece
                if is_of_the_service and self._last_words and self._last_words in heard:
                    self._last_words = b""
                    self.cut()
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        source.close()
        self._sockets.discard(source)


@contextmanager
def relay(to: str) -> Iterator[Relay]:
    made = Relay(to)
    try:
        yield made
    finally:
        made.close()
