"""A server of config/serving/connections.py with a minimal application, and raw connections to it."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from config.serving.connections import Server
from config.serving.places import ConnectionBounds

PATIENCE_SECONDS = 30
MEGABYTE = 1024 * 1024
released = threading.Event()
"""Until it is set, /held has no answer."""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the size of the body; /large streams 40 MB, /text is 3 MB at once, /wait is slow, and
    /held waits for `released`."""
    path = environ["PATH_INFO"]
    body = environ["wsgi.input"].read()
    if path == "/text":
        start_response("200 OK", [("Content-Length", str(3 * MEGABYTE))])
        return [b"x" * (3 * MEGABYTE)]
    if path == "/wait":
        time.sleep(0.5)
    if path == "/held":
        released.wait(PATIENCE_SECONDS)
    if path == "/large":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * MEGABYTE for _ in range(40))
    size = str(len(body)).encode()
    start_response("200 OK", [("Content-Length", str(len(size)))])
    return [size]


@contextmanager
def serving(
    stop_seconds: float = 0, to: Callable[..., Any] = application, **changed: Any
) -> Iterator[Server]:
    """Serve within the block, and for `stop_seconds` after it while answers are under way."""
    bounds: dict[str, Any] = {
        "connections": 4000,
        "per_address": 100,
        "request_seconds": 30,
        "trusted_proxies": 0,
    }
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    server = Server(to, listener, ConnectionBounds(**bounds | changed), threads=4)
    thread = threading.Thread(target=server.serve, args=(stop_seconds,))
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(stop_seconds + PATIENCE_SECONDS)
        assert not thread.is_alive(), "the server does not stop"
        for channel in list(server.active_channels.values()):
            channel.handle_close()  # with the files of unread bodies
        for one in list(server._map.values()):
            one.close()


_made: list[socket.socket] = []


def close_all() -> None:
    """Close the connections of tests."""
    while _made:
        _made.pop().close()


def port(server: Server) -> int:
    return int(server.effective_port)


def connect(server: Server, address: str = "127.0.0.1", begin: bytes = b"") -> socket.socket:
    made = socket.create_connection(
        ("127.0.0.1", port(server)), PATIENCE_SECONDS, source_address=(address, 0)
    )
    _made.append(made)
    made.sendall(begin)
    return made


def answer_of(connection: socket.socket) -> tuple[int, Any]:
    """Read until the server closes; return status and JSON."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, json.loads(answer.read())


def answer_with_headers(connection: socket.socket) -> SimpleNamespace:
    """The same, with headers, named as in an answer of Django's test client."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    body = answer.read()
    return SimpleNamespace(
        status_code=answer.status, headers=answer.headers, json=lambda: json.loads(body)
    )


def is_ok(connection: socket.socket) -> bool:
    """Read an answer on a persistent connection; return whether it is a 200."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status == 200


def get(server: Server, address: str = "127.0.0.2", path: str = "/") -> int:
    """Return the status of a request from another address than the attackers'."""
    client = http.client.HTTPConnection(
        "127.0.0.1", port(server), PATIENCE_SECONDS, source_address=(address, 0)
    )
    try:
        client.request("GET", path)
        return client.getresponse().status
    finally:
        client.close()
