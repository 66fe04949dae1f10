"""Answers that are left unread have a bound, for each client and for all."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from config.serving import unread
from config.serving.connections import Server
from tests.support.connecting import MEGABYTE, close_all, connect, get, is_ok, serving
from tests.support.waiting import eventually

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
ANSWER = bytes(16 * MEGABYTE)
"""More than the system keeps for a connection by itself."""


answered: list[str] = []


def large(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    content = b"1" if environ["PATH_INFO"] == "/small" else ANSWER
    start_response("200 OK", [("Content-Length", str(len(content)))])
    answered.append(environ["REMOTE_ADDR"])
    return [content]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(to=large) as running:
        yield running
    close_all()


def left_by(server: Server, address: str) -> list[int]:
    return [
        channel.total_outbufs_len
        for channel in server.active_channels.values()
        if channel.addr[0] == address and channel.total_outbufs_len
    ]


def test_client_who_reads_nothing_loses_connections_and_others_keep_theirs(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered.clear()
    other = connect(server, "127.0.0.3", GET)
    eventually(lambda: left_by(server, "127.0.0.3"))
    of_a_client = 2 * len(ANSWER)
    monkeypatch.setattr(unread, "ALL_BYTES", unread.CLIENTS_PART * of_a_client)
    made = [connect(server, "127.0.0.4", GET) for _ in range(12)]
    eventually(lambda: answered.count("127.0.0.4") == len(made))
    eventually(lambda: 0 < sum(left_by(server, "127.0.0.4")) <= of_a_client)
    assert get(server, "127.0.0.4", "/small") == 200
    assert is_ok(other)


def test_client_behind_a_proxy_has_the_same_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    answered.clear()
    forwarded = b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\n\r\n"
    monkeypatch.setattr(unread, "ALL_BYTES", unread.CLIENTS_PART * 2 * len(ANSWER))
    with serving(to=large, trusted_proxies=1) as server:
        other = connect(server, begin=forwarded % b"192.0.2.1")
        made = [connect(server, begin=forwarded % b"192.0.2.2") for _ in range(6)]
        eventually(lambda: len(answered) == 1 + len(made))
        eventually(lambda: 0 < sum(left_by(server, "127.0.0.1")) <= 3 * len(ANSWER))
        assert is_ok(other)
    close_all()


def channel(size: int, began: float | None, client: str = "", requests: int = 0) -> Any:
    left = {"total_outbufs_len": size * MEGABYTE, "answer_began": began}
    return SimpleNamespace(**left, client=client, requests=[None] * requests)


def test_those_that_have_waited_longest_are_closed_until_the_rest_fits() -> None:
    mine = [channel(6, began, "mine") for began in (None, 3, 1, 2)]
    others = [channel(16, 0.5, str(n)) for n in range(2)]
    assert unread.too_many([*mine, *others]) == [mine[2], mine[3]]
    assert unread.too_many(others) == []
    assert unread.too_many([channel(16, 1, "a"), channel(0, 0, "a")]) == []


def test_all_clients_together_have_a_bound_and_those_who_have_most_lose_first() -> None:
    some = [channel(size, 9 - size, str(size)) for size in (13, 12, 16, 14, 15)]
    assert unread.too_many(some) == [some[2]]
    assert unread.too_many([channel(16, n, str(n)) for n in range(4)]) == []


def test_stream_under_way_does_not_count() -> None:
    assert unread.too_many([channel(40, 1, "a", requests=1)]) == []
