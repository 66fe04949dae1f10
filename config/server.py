"""Serve the site in one process, so that there is one pool, with many threads.

One loop reads requests and writes answers for all connections. A request takes a thread only after it has
arrived completely, so slow clients hold none (docs/decisions).
"""

import logging
import os
import resource
import signal
import socket
from contextlib import suppress

from django.conf import settings

from executor import limits_of, offered

from . import wsgi
from .serving.connections import BACKLOG, Server
from .serving.descriptors import connections_for
from .serving.places import ConnectionBounds

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 5
"""Added to the time of the longest run at a stop, so that its answer can still be sent."""


def listen(address: str) -> socket.socket:
    """Listen at host:port; an IPv6 address is in brackets."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family, backlog=BACKLOG)


def bounds() -> ConnectionBounds:
    """Return the bounds of the settings, lowered to the number of files that this process may open.

    Half of the connections are out of reach of any one client.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    connections = settings.CONNECTION_MAX
    if most != resource.RLIM_INFINITY:
        connections = min(connections, connections_for(most, settings.WEB_THREADS))
    if connections < settings.CONNECTION_MAX:
        logger.warning("only %d connections: raise the limit of open files for more", connections)
    return ConnectionBounds(
        connections=connections,
        per_address=min(settings.CONNECTION_MAX_PER_ADDRESS, max(1, connections // 2)),
        request_seconds=settings.REQUEST_SECONDS,
        trusted_proxies=settings.TRUSTED_PROXIES,
    )


def serve() -> None:
    """Serve until SIGTERM or SIGINT, then answer the requests under way and empty the pool.

    A second signal waits for no answer.
    """
    listener = listen(os.environ.get("BIND", "127.0.0.1:5000"))
    server = Server(wsgi.application, listener, bounds(), threads=settings.WEB_THREADS)
    if settings.IS_EXPOSED:
        logger.warning(
            "reachable from other machines by plain http: passwords can be read in transit"
        )

    def stop(*_signal_and_frame: object) -> None:
        if server.is_stopping:
            raise SystemExit
        wsgi.site.announce_stop()
        server.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    longest = max(limits_of(language).wall_seconds for language in offered().values())
    with suppress(SystemExit):
        server.serve(longest + ANSWER_SECONDS)
    wsgi.site.stop()


if __name__ == "__main__":
    serve()
