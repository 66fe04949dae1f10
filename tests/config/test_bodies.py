"""Bodies of requests without authentication: bounded for each client and for all."""

import http.client
import json
import socket
import urllib.request
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.conf import settings

from config.serving import bodies
from config.serving.connections import Server
from tests.support.connecting import (
    MEGABYTE,
    PATIENCE_SECONDS,
    answer_of,
    connect,
    get,
    is_ok,
    port,
    serving,
)
from tests.support.waiting import eventually


@pytest.mark.parametrize(
    ("characters", "request_mebibytes", "batch_mebibytes"),
    [(5000, 1, 2), (43_690, 1, 2), (43_691, 2, 2), (100_000, 2, 2), (1_048_576, 13, 13)],
)
def test_largest_bodies_grow_with_the_longest_program_by_whole_mebibytes(
    characters: int, request_mebibytes: int, batch_mebibytes: int
) -> None:
    """A program of 43,690 characters is the longest with 12 bytes for each that fits into one."""
    assert bodies.request_bytes(characters) == request_mebibytes * MEGABYTE
    assert bodies.batch_bytes(characters) == batch_mebibytes * MEGABYTE
    assert bodies.body_bytes(characters) == batch_mebibytes * MEGABYTE + 65_536


@pytest.mark.parametrize(("size", "status"), [(32_767, 200), (32_768, 431)])
def test_headers_of_32_kibibytes_are_too_large(server: Server, size: int, status: int) -> None:
    some = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 6000) for number in range(5))
    begin, end = b"GET / HTTP/1.1\r\nHost: x\r\n" + some + b"Cookie: ", b"\r\n\r\n"
    headers = begin + b"x" * (size - len(begin + end)) + end
    answer = http.client.HTTPResponse(connect(server, begin=headers))
    answer.begin()
    assert answer.status == status


def test_budget_is_exact_for_a_client_and_for_all() -> None:
    budget = bodies.Budget(8)
    assert budget.take("first", 2)
    assert not budget.take("first", 1)
    assert all(budget.take(client, 2) for client in ("second", "third", "fourth"))
    assert not budget.take("fifth", 1)
    assert budget.kept == 8
    budget.give_back("first", 2)
    assert budget.take("fifth", 2)


def test_budget_remembers_no_client_who_has_nothing_in_memory() -> None:
    budget = bodies.Budget(8)
    assert not budget.take("refused", 3)
    assert budget.take("answered", 2)
    budget.give_back("answered", 2)
    assert vars(budget)["_kept"] == {}


def test_largest_batch_is_taken(server: Server) -> None:
    size = settings.BATCH_MAX_BYTES
    address = f"http://127.0.0.1:{port(server)}/"
    with urllib.request.urlopen(address, data=b"x" * size, timeout=PATIENCE_SECONDS) as answer:
        assert int(answer.read()) == size


BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 999_999
SMALL = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16384\r\n\r\n" + b"x" * 16_384
CHUNKS = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nF423F\r\n" + b"x" * 999_998


@pytest.mark.parametrize("begin", [BODY, CHUNKS], ids=["length", "chunks"])
def test_bodies_of_one_client_fill_its_part_and_no_more(server: Server, begin: bytes) -> None:
    held = [connect(server, begin=begin) for _ in range(20)]
    eventually(lambda: server.bodies.kept > 15 * MEGABYTE)
    assert server.bodies.kept <= 16 * MEGABYTE
    eventually(lambda: sum(is_refused(one) for one in held) >= 3)
    other = http.client.HTTPConnection(
        "127.0.0.1", port(server), PATIENCE_SECONDS, source_address=("127.0.0.2", 0)
    )
    other.request("POST", "/", body=b"x" * MEGABYTE)
    assert other.getresponse().read() == str(MEGABYTE).encode()
    other.close()
    for one in held:
        one.close()
    eventually(lambda: server.bodies.kept == 0)


@pytest.mark.parametrize(
    "chunks", [b"0" * 1100, b"4\r\nbody\r\n" + b"1;" + b"x" * 1100, b"0\r\n" + b"A: b\r\n" * 1500]
)
def test_line_around_a_chunk_does_not_grow(server: Server, chunks: bytes) -> None:
    """The server reads it again with each byte that comes."""
    headers = b"POST /api/files/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    status, body = answer_of(connect(server, begin=headers + chunks))
    assert (status, body["code"]) == (400, "bad_request")


def is_refused(connection: socket.socket) -> bool:
    """Return whether an answer is ready to read."""
    connection.settimeout(0.01)
    with suppress(TimeoutError):
        return connection.recv(1, socket.MSG_PEEK) == b"H"
    return False


def has_kept_or_refused(server: Any, size: float, last: socket.socket) -> Any:
    return server.bodies.kept > size or is_refused(last)


def test_bodies_beyond_the_memory_for_all_are_refused_until_some_end(server: Server) -> None:
    held = []
    for number in range(70):  # of a megabyte each, less than a client's part for every seven
        held.append(connect(server, f"127.0.0.{10 + number // 7}", BODY))
        # The earlier ones whole: a server that is behind would refuse several at once.
        before = (number + 0.9) * (len(BODY) - bodies.FREE_BYTES)
        eventually(partial(has_kept_or_refused, server, before, held[-1]))
        if is_refused(held[-1]):
            break
    assert 62 * MEGABYTE < server.bodies.kept <= 64 * MEGABYTE
    held[-1].settimeout(PATIENCE_SECONDS)
    answer = http.client.HTTPResponse(held[-1])
    answer.begin()
    assert (answer.status, json.loads(answer.read())["code"]) == (503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    assert get(server) == 200
    for one in held:
        one.close()
    eventually(lambda: server.bodies.kept == 0)


def test_small_body_is_taken_whatever_others_send(server: Server) -> None:
    """Else four clients with eight connections kept everybody from logging in."""
    for client in "abcd":
        assert server.bodies.take(client, 16 * MEGABYTE)
    assert is_ok(connect(server, begin=SMALL))
    assert answer_of(connect(server, begin=BODY))[0] == 503
    for client in "abcd":
        server.bodies.give_back(client, 16 * MEGABYTE)


def test_body_of_a_request_that_ends_in_any_way_is_given_back(server: Server) -> None:
    answered = connect(server, begin=BODY + b"x")
    assert is_ok(answered)
    eventually(lambda: server.bodies.kept == 0)
    broken = connect(server, begin=CHUNKS + b"xnone")
    assert answer_of(broken)[0] == 400
    eventually(lambda: server.bodies.kept == 0)


def test_body_that_comes_too_slowly_is_given_back() -> None:
    with serving(request_seconds=1) as server:
        slow = connect(server, begin=BODY)
        assert answer_of(slow)[0] == 408
        assert server.bodies.kept == 0


def test_requests_in_one_piece_hold_no_thread_for_their_reader(server: Server) -> None:
    several = b"GET /text HTTP/1.1\r\nHost: x\r\n\r\n" * 10
    for _ in range(8):  # two for each thread
        connect(server, begin=several)
    assert get(server) == 200


def test_first_of_pipelined_requests_is_answered_and_then_closed(server: Server) -> None:
    several = connect(server, begin=b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    answer = b""
    while piece := several.recv(1000):
        answer += piece
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert b"Connection: close" in answer
