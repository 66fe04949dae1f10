"""A server that stops answers what has come, and closes each connection after it."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

import pytest

from config.serving import connections
from config.serving.connections import Server
from tests.support.connecting import (
    MEGABYTE,
    PATIENCE_SECONDS,
    connect,
    is_ok,
    released,
    serving,
)
from tests.support.waiting import eventually

GET = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def stopping(server: Server) -> Iterator[None]:
    """Begin to stop; at the end the server has."""
    server.stop()
    eventually(lambda: server.socket is None)
    yield
    eventually(lambda: not server.active_channels)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(stop_seconds=PATIENCE_SECONDS) as running:
        yield running


def requests_in(server: Server) -> list[Any]:
    return [one for channel in server.active_channels.values() for one in channel.requests]


def answer_to(connection: object) -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(connection)  # type: ignore[arg-type]
    answer.begin()
    return answer


def test_answer_under_way_is_sent_and_says_that_the_connection_ends(server: Server) -> None:
    released.clear()
    client = connect(server, begin=GET % b"/held")
    eventually(lambda: requests_in(server))
    with stopping(server):
        eventually(lambda: requests_in(server)[0].headers.get("CONNECTION") == "close")
        released.set()
        answer = answer_to(client)
        assert (answer.status, answer.getheader("Connection"), answer.read()) == (
            200,
            "close",
            b"0",
        )
        assert client.recv(1) == b""
        client.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("path", [b"/text", b"/large"])
def test_answer_that_its_reader_has_not_taken_yet_arrives_whole(
    server: Server, path: bytes
) -> None:
    client = connect(server, begin=GET % path)
    answer = answer_to(client)
    with stopping(server):
        assert len(answer.read()) == {b"/text": 3 * MEGABYTE, b"/large": 40 * MEGABYTE}[path]
        client.shutdown(socket.SHUT_WR)


def test_request_of_which_a_part_has_come_is_answered(server: Server) -> None:
    client = connect(server, begin=b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
    eventually(lambda: any(one.request for one in server.active_channels.values()))
    with stopping(server):
        client.sendall(b"cd")
        answer = answer_to(client)
        assert (answer.status, answer.getheader("Connection"), answer.read()) == (
            200,
            "close",
            b"4",
        )
        client.shutdown(socket.SHUT_WR)


def test_request_that_was_on_its_way_is_answered(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LAST_REQUEST_SECONDS", float(PATIENCE_SECONDS))
    client = connect(server, begin=GET % b"/")
    assert is_ok(client)
    with stopping(server):
        client.sendall(GET % b"/")
        answer = answer_to(client)
        assert (answer.status, answer.getheader("Connection")) == (200, "close")
        client.shutdown(socket.SHUT_WR)


def test_refusal_is_drained_to_its_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that still sends would get a reset in place of the answer."""
    monkeypatch.setattr(connections, "LAST_REQUEST_SECONDS", 0.0)
    monkeypatch.setattr(connections, "DRAIN_SECONDS", float(PATIENCE_SECONDS))
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (40 * MEGABYTE)
    client = connect(server, begin=head)
    eventually(lambda: any(one._drain_until for one in server.active_channels.values()))
    with stopping(server):
        for _ in range(30):
            client.sendall(b"x" * 2**16)
            sleep(0.05)
        assert answer_to(client).status == 413
        client.shutdown(socket.SHUT_WR)


def test_idle_connection_is_closed_and_nobody_gets_a_new_one(server: Server) -> None:
    client = connect(server, begin=GET % b"/")
    assert is_ok(client)
    with stopping(server):
        with pytest.raises(ConnectionRefusedError):
            connect(server)
        assert client.recv(1) == b""


def test_client_that_never_ends_its_request_does_not_keep_the_server() -> None:
    with serving(stop_seconds=1, request_seconds=3600) as server:
        connect(server, begin=b"G")
        eventually(lambda: any(one.request for one in server.active_channels.values()))
