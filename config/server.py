"""Serves the site: one process, so that there is one pool, and many threads.

Requests are read and answers are written by one loop for all connections; a thread is taken only by a
request that has arrived whole, so slow clients hold none (docs/decisions).
"""

import os
import signal
import socket
from typing import NoReturn

from django.conf import settings
from waitress import create_server

from executor import default_limits

from . import wsgi

CONNECTIONS = 1000
IDLE_SECONDS = 30
"""A connection that says nothing for so long is closed."""
BODY_BYTES = 4 * 1024 * 1024
"""Where reading stops. The site's own limit is lower and has a better answer (settings)."""
ANSWER_SECONDS = 5
"""On top of the longest run, for its answer to get out when the service is stopped."""


def listen(address: str) -> socket.socket:
    """At host:port; an IPv6 address in brackets."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family, backlog=1024)


def serve() -> None:
    """Until SIGTERM or SIGINT; requests under way are then answered, and the pool is emptied."""
    listener = listen(os.environ.get("BIND", "127.0.0.1:5000"))
    server = create_server(
        wsgi.application,
        sockets=[listener],
        threads=settings.WEB_THREADS,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,  # select() has no room for more than 1,024 descriptors
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=5,
        max_request_body_size=BODY_BYTES,
        clear_untrusted_proxy_headers=False,  # TRUSTED_PROXIES decides, in the settings
        ident=None,
    )
    signal.signal(signal.SIGTERM, stop)
    server.run()
    listener.close()
    # What `run` does at the end too, but it does not wait for a whole run.
    server.task_dispatcher.shutdown(timeout=default_limits().wall_seconds + ANSWER_SECONDS)
    wsgi.startup.stop()


def stop(*signal_and_frame: object) -> NoReturn:
    raise SystemExit


if __name__ == "__main__":
    serve()
