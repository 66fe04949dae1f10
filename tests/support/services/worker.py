"""A worker in this process, so that a test can patch it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from submissions.dispatch.dispatcher import dispatcher_class, hold


@contextmanager
def worker() -> Iterator[None]:
    """Run queued submissions within the block, with a started dispatcher. It needs a broker.

    There is no heartbeat: rows that tests make stay as they are.
    """
    work = import_module("submissions.dispatch.worker")
    testing = import_module("celery.contrib.testing.worker")
    app = work.broker.app
    dispatcher = dispatcher_class()()
    hold(dispatcher)
    dispatcher.start()
    calls = work.broker.Listener(work.obey, to_workers=True)
    calls.start()
    with testing.start_worker(
        app,
        pool="threads",
        concurrency=app.conf.worker_concurrency,
        loglevel=logging.getLogger().level,  # Celery sets it; by default, no warning is logged
        perform_ping_check=False,
        shutdown_timeout=30,
    ):
        yield
    calls.stop()
    dispatcher.stop()
    hold(None)
