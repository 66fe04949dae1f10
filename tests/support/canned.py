"""A server whose answers a test writes down, one for each request."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Canned:
    """An answer. Without a status the server closes the connection."""

    status: int = 0
    body: Any = None
    """Bytes, or what becomes JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Site:
    address: str
    answers: list[Canned]
    """The last one is repeated."""
    heard: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    """Method with path, and headers, of each request."""


@contextmanager
def answering(*answers: Canned) -> Iterator[Site]:
    site = Site("", list(answers))

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            site.heard.append((f"{self.command} {self.path}", dict(self.headers.items())))
            one = site.answers.pop(0) if len(site.answers) > 1 else site.answers[0]
            if not one.status:
                return
            self.send_response(one.status)
            for name, value in one.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(one.content)

        do_GET = do_POST = answer

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
