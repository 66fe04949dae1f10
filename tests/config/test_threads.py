"""Which of the server's threads serves a request."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.connecting import PATIENCE_SECONDS, application, get, serving
from tests.support.waiting import eventually


def test_thread_that_was_busy_last_takes_the_next_request() -> None:
    """It has the database open, and what it needs in its caches."""
    served: list[str] = []
    all_are_busy = threading.Barrier(4)  # as many as there are threads

    def note_thread(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        served.append(threading.current_thread().name)
        if environ["PATH_INFO"] == "/all":
            all_are_busy.wait(PATIENCE_SECONDS)
        return [b"".join(application(environ, start_response))]

    with serving(to=note_thread) as server:
        for _ in range(8):
            eventually(lambda: server.task_dispatcher.active_count == 0)
            assert get(server) == 200
        assert len(set(served)) == 1
        with ThreadPoolExecutor(4) as clients:
            statuses = [clients.submit(get, server, path="/all") for _ in range(4)]
            assert {status.result() for status in statuses} == {200}
    assert len(set(served)) == 4
