"""The real Docker engine behind a proxy that loses, delays or refuses chosen requests."""

import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REAL = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
REFUSAL = b'{"message": "made to fail by a test"}'


@dataclass
class Fault:
    """A fault of the next requests that match this beginning, such as "DELETE /containers/"."""

    request: str
    times: int = 1
    refuses: bool = False
    """The engine never sees it; the answer is 500."""
    denies: bool = False
    """The engine never sees it; the answer is 404, as for a container that is listed but not made."""
    loses_answer: bool = False
    """The engine executes it, and the connection breaks."""
    waits_for: threading.Event | None = None
    """The engine receives it only then. A lost answer is lost at once."""
    met: threading.Event = field(default_factory=threading.Event)
    """Set when a request has met the fault."""
    done: threading.Event = field(default_factory=threading.Event)
    """Set when the engine has executed a request whose answer was lost."""


class FaultyEngine:
    """A proxy with one connection a request: the engine closes after each answer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self._lock = threading.Lock()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(64)

    def fault(self, request: str, **what: Any) -> Fault:
        made = Fault(request, **what)
        with self._lock:
            self.faults.append(made)
        return made

    def mend(self) -> None:
        """End all faults, and let waiting requests continue."""
        with self._lock:
            for fault in self.faults:
                fault.times = 0
                if fault.waits_for:
                    fault.waits_for.set()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _next(self, head: bytes) -> Fault | None:
        method, path = head.decode().split(" ")[:2]
        asked = f"{method} {re.sub('^/v[0-9.]+', '', path)}"
        with self._lock:
            for fault in self.faults:
                if fault.times and re.match(fault.request, asked):
                    fault.times -= 1
                    return fault
        return None

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            request = _read_request(client)
            if request is None:
                return
            fault = self._next(request)
            if fault:
                fault.met.set()
                if fault.refuses or fault.denies:
                    client.sendall(
                        _refusal(b"404 Not Found" if fault.denies else b"500 Internal Server Error")
                    )
                    return
                if fault.loses_answer and fault.waits_for:
                    client.shutdown(socket.SHUT_RDWR)
                if fault.waits_for:
                    fault.waits_for.wait(60)
            with socket.socket(socket.AF_UNIX) as engine:
                engine.connect(REAL)
                engine.sendall(request)
                if fault and fault.loses_answer:
                    while engine.recv(65536):
                        pass
                    fault.done.set()
                    return
                back = threading.Thread(target=_copy, args=(client, engine), daemon=True)
                back.start()
                _copy(engine, client)


def _read_request(client: socket.socket) -> bytes | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += client.recv(65536)
    if b"upgrade" not in head.lower():
        head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head) + b"\r\nConnection: close"
    return head + b"\r\n\r\n" + body


def _refusal(status: bytes) -> bytes:
    return (
        b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (status, len(REFUSAL), REFUSAL)
    )


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def faulty_engine(path: Path) -> Iterator[FaultyEngine]:
    made = FaultyEngine(path)
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join()
