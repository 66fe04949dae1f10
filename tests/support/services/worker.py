"""A worker in this very process, so that a test can change what it changes for itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def worker() -> Iterator[None]:
    """Runs within the block. Loaded only where there is a broker to speak to."""
    work = import_module("submissions.dispatch.worker")
    testing = import_module("celery.contrib.testing.worker")
    distributed = import_module("submissions.dispatch.remote")
    distributed.listener()
    work.listener()
    app = work.broker.app
    with testing.start_worker(
        app,
        pool="threads",
        concurrency=app.conf.worker_concurrency,
        perform_ping_check=False,
        shutdown_timeout=30,
    ):
        yield
    work.listener().stop()
    distributed.listener().stop()
