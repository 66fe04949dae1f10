"""Serves the site: one process, so that there is one pool, and many threads.

Requests are read and answers are written by one loop for all connections; a thread is taken only by a
request that has arrived whole, so slow clients hold none (docs/decisions).
"""

import logging
import os
import resource
import signal
import socket
from typing import NoReturn

from django.conf import settings

from executor import default_limits

from . import wsgi
from .connections import ConnectionBounds, Server, connections_for

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 5
"""On top of the longest run, for its answer to get out when the service is stopped."""


def listen(address: str) -> socket.socket:
    """At host:port; an IPv6 address in brackets."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family, backlog=1024)


def bounds() -> ConnectionBounds:
    """What the settings want, as far as this process may have that many files open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    connections = settings.CONNECTION_MAX
    if most != resource.RLIM_INFINITY:
        connections = min(connections, connections_for(most, settings.WEB_THREADS))
    if connections < settings.CONNECTION_MAX:
        logger.warning("room for %d connections: raise the limit of open files", connections)
    return ConnectionBounds(
        connections=connections,
        per_address=settings.CONNECTION_MAX_PER_ADDRESS,
        request_seconds=settings.REQUEST_SECONDS,
        trusted_proxies=settings.TRUSTED_PROXIES,
    )


def serve() -> None:
    """Until SIGTERM or SIGINT; requests under way are then answered, and the pool is emptied."""
    listener = listen(os.environ.get("BIND", "127.0.0.1:5000"))
    server = Server(wsgi.application, listener, bounds(), threads=settings.WEB_THREADS)
    if settings.IS_EXPOSED:
        logger.warning(
            "reachable from other machines by plain http: passwords can be read on the way"
        )
    signal.signal(signal.SIGTERM, stop)
    server.run()
    listener.close()
    # What `run` does at the end too, but it does not wait for a whole run.
    server.task_dispatcher.shutdown(timeout=default_limits().wall_seconds + ANSWER_SECONDS)
    wsgi.site.stop()


def stop(*signal_and_frame: object) -> NoReturn:
    raise SystemExit


if __name__ == "__main__":
    serve()
