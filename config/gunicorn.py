"""How the site is served: one process, so that there is one pool, and many threads.

No preload (the pool's threads would not survive the fork) and no max_requests (a new process is a
cold pool).
"""

import os
from typing import Any

bind = os.environ.get("BIND", "127.0.0.1:5000")
worker_class = "gthread"
workers = 1
threads = int(os.environ.get("WEB_THREADS", "32"))
# A worker that is silent for this long is killed; its threads go on telling it is alive.
timeout = 60
graceful_timeout = 30
keepalive = 5
control_socket_disable = True


def worker_exit(server: Any, worker: Any) -> None:
    """The waiting sandboxes go with the process that holds them."""
    from executor import shutdown

    shutdown()
