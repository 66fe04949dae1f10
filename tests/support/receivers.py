"""Receivers of webhooks: real sockets on loopback, each with its own behaviour."""

import base64
import hashlib
import hmac
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer

from submissions.webhooks import egress


def post(url: str) -> int:
    """Send a webhook to a receiver; return the status of its answer. Raises NotReached."""
    return egress.post(url, b"{}", {"Content-Type": "application/json"})


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Check a signature as a receiver does, without the product's code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{mac}" in headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """A receiver that records its requests and answers with these statuses, the last one repeatedly."""

    statuses: list[int] = field(default_factory=lambda: [200])
    address: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """Headers of its answers."""
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    """Path, headers with names in lower case, body."""

    def next_status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def receiving(
    *statuses: int, tls: ssl.SSLContext | None = None, **headers: str
) -> Iterator[Receiver]:
    receiver = Receiver(list(statuses) or [200], headers=headers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent = {name.lower(): value for name, value in self.headers.items()}
            receiver.heard.append((self.path, sent, body))
            self.send_response(receiver.next_status())
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"our secret page")

        do_GET = do_POST

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with _serving(server):
        scheme = "https" if tls else "http"
        receiver.address = f"{scheme}://127.0.0.1:{server.server_port}/hook"
        yield receiver


@contextmanager
def answering(*pieces: bytes, pause: float = 0.0) -> Iterator[str]:
    """Serve these pieces of bytes, then keep the connection open; yield the address."""
    over = threading.Event()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            for piece in pieces:
                try:
                    self.request.sendall(piece)
                except OSError:
                    return
                if over.wait(pause):
                    return
            over.wait()

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    with _serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        over.set()


@contextmanager
def _serving(server: ThreadingHTTPServer | ThreadingTCPServer) -> Iterator[None]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
