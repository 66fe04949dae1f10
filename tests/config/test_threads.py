"""Which of the server's threads serves a request, and which closes a connection."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from config.serving.connections import Channel
from tests.support.connecting import PATIENCE_SECONDS, application, connect, get, serving
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


def test_clients_take_turns_when_all_threads_are_busy() -> None:
    """The requests of one client's many connections would come before everybody else's next one."""
    served: list[str] = []
    may_answer = threading.Event()

    def note_client(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] == "/first":
            may_answer.wait(PATIENCE_SECONDS)
        else:
            served.append(environ["REMOTE_ADDR"])
        return [b"".join(application(environ, start_response))]

    with serving(to=note_client) as server, ThreadPoolExecutor(30) as clients:
        dispatcher = server.task_dispatcher
        busy = [clients.submit(get, server, path="/first") for _ in range(4)]
        eventually(lambda: dispatcher.active_count == 4)
        flood = [clients.submit(get, server) for _ in range(20)]
        eventually(lambda: len(dispatcher.queue) == 20)
        others = [clients.submit(get, server, address=f"127.0.0.{n}") for n in (3, 4)]
        eventually(lambda: len(dispatcher.queue) == 22)
        may_answer.set()
        assert {one.result() for one in [*busy, *flood, *others]} == {200}
    # Four threads begin at about the same time.
    assert {"127.0.0.3", "127.0.0.4"} < set(served[:7])
    assert len(served) == 22


class Answer:
    """An answer whose end waits until its reader has left."""

    has_left = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"answered"])

    def close(self) -> None:
        self.has_left.wait(PATIENCE_SECONDS)


def test_only_the_loop_closes_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes through all connections: one that another thread takes away meanwhile would end it.

    This client asks for leave to send its second request, and resets the connection before the thread
    that has answered the first can give it.
    """
    closed_by: list[int] = []
    close = Channel.handle_close

    def noted(channel: Channel) -> None:
        closed_by.append(threading.get_ident())
        close(channel)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        start_response("200 OK", [("Content-Length", "8")])
        return Answer()

    monkeypatch.setattr(Channel, "handle_close", noted)
    with serving(to=answer) as server:
        client = connect(
            server,
            begin=b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            b"POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
        )
        while b"answered" not in client.recv(1000):
            pass
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        Answer.has_left.set()
        eventually(lambda: closed_by and not server.active_channels)
        assert set(closed_by) == {server.loop_thread}
