"""The server's connections: real ones over loopback, to a minimal application."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import requests
from django.conf import settings
from django.urls import reverse

from config.serving import connections, parsing
from config.serving.connections import Server
from config.serving.descriptors import connections_for
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


def test_client_with_too_many_connections_is_refused_others_are_served(server: Server) -> None:
    with serving(per_address=3) as server:
        held = [connect(server, begin=b"G") for _ in range(3)]
        eventually(lambda: len(server.active_channels) == 3)
        status, body = answer_of(connect(server))
        assert (status, body["code"]) == (429, "too_many_connections")
        assert get(server) == 200
        held.pop().close()
        eventually(lambda: get(server, "127.0.0.1") == 200)


def test_place_is_given_back_with_the_connection(server: Server) -> None:
    for _ in range(5):
        made = [connect(server, begin=b"GET / HTTP/1.1\r\n\r\n") for _ in range(20)]
        for one in made:
            one.recv(100)
            one.close()
    eventually(lambda: not server.held)


def test_streamed_answer_of_a_slow_reader_stays_in_memory_and_small(server: Server) -> None:
    assert server.adj.outbuf_high_watermark < server.adj.outbuf_overflow <= MEGABYTE


def test_two_thousand_dripping_connections_starve_nobody() -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most < 6000:
        pytest.skip(f"this process may have only {most} files open")
    with serving() as server:
        slow: list[socket.socket] = []
        stopped = threading.Event()

        def drip() -> None:
            while not stopped.wait(0.5):
                for one in slow:
                    with suppress(OSError):
                        one.send(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            for _ in range(2000):
                with suppress(OSError):
                    slow.append(connect(server, begin=b"POST / HTTP/1.1\r\nContent-Length: 99\r\n"))
            begin = time.monotonic()
            assert [get(server) for _ in range(10)] == [200] * 10
            assert time.monotonic() - begin < PATIENCE_SECONDS
            eventually(
                lambda: len(server.active_channels) <= 101
            )  # the refused ones are being closed
        finally:
            stopped.set()
            dripping.join()
            for one in slow:
                one.close()


@pytest.mark.parametrize(
    "beginning",
    [
        b"G",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["first byte", "headers", "body", "chunks"],
)
def test_request_that_drips_ends_at_its_deadline(beginning: bytes) -> None:
    with serving(request_seconds=1) as server:
        slow = connect(server, begin=beginning)
        ended = threading.Event()

        def drip() -> None:
            with suppress(OSError):
                while not ended.wait(0.1):
                    slow.send(b"1")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            status, body = answer_of(slow)
        finally:
            ended.set()
            thread.join()
        assert (status, body["code"]) == (408, "request_timeout")


def test_empty_lines_are_no_way_to_stay() -> None:
    with serving(request_seconds=1) as server:
        slow = connect(server)
        with suppress(OSError):
            for _ in range(PATIENCE_SECONDS * 10):
                slow.send(b"\r\n\r\n")
                time.sleep(0.1)
        eventually(lambda: not server.active_channels)


def test_deadline_is_of_the_request_and_not_of_the_connection() -> None:
    with serving(request_seconds=1) as server:
        kept = connect(server)
        for _ in range(4):
            kept.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            assert is_ok(kept)
            time.sleep(0.5)


def sent_by_urllib(address: str, body: Any) -> Any:
    request = urllib.request.Request(address, data=body, method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as refused:
        opener.open(request, timeout=PATIENCE_SECONDS)
    return refused.value.code, json.loads(refused.value.read())


def sent_by_requests(address: str, body: Any) -> Any:
    session = requests.Session()
    session.trust_env = False
    answer = session.post(address, data=body, timeout=PATIENCE_SECONDS)
    return answer.status_code, answer.json()


def sent_in_chunks(address: str, body: Any) -> Any:
    session = requests.Session()
    session.trust_env = False
    pieces = (body[at : at + 65536] for at in range(0, len(body), 65536))
    answer = session.post(address, data=pieces, timeout=PATIENCE_SECONDS)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("send", [sent_by_urllib, sent_by_requests, sent_in_chunks])
@pytest.mark.parametrize("size", [3, 40], ids=lambda size: f"{size} MB")
def test_body_that_is_too_large_gets_an_answer_that_clients_can_read(
    server: Server, send: Callable[..., Any], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients read the answer after they have sent the body: it is drained, not reset."""
    monkeypatch.setattr(connections, "DRAIN_SECONDS", float(PATIENCE_SECONDS))
    status, body = send(f"http://127.0.0.1:{port(server)}/run", b"x" * (size * MEGABYTE))
    assert status == 413
    assert body["code"] == "too_large"
    eventually(lambda: not server.active_channels)


@pytest.mark.parametrize("path", ["/api/files/?name=a", "/api/files"])
def test_upload_may_be_larger_than_any_other_body(server: Server, path: str) -> None:
    """The file, and 64 KiB for the form around it."""
    body = b"x" * (settings.UPLOAD_MAX_BYTES + 60 * 1024)
    session = requests.Session()
    session.trust_env = False
    answer = session.post(f"http://127.0.0.1:{port(server)}{path}", data=body)
    assert (answer.status_code, answer.json()) == (200, len(body))


def test_no_body_is_put_into_a_temporary_file(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    monkeypatch.setattr("waitress.buffers.TempfileBasedBuffer.newfile", made.append)
    session = requests.Session()
    session.trust_env = False
    body = b"x" * settings.UPLOAD_MAX_BYTES
    answer = session.post(f"http://127.0.0.1:{port(server)}/api/files/", data=body)
    assert (answer.json(), made) == (len(body), [])


@pytest.mark.parametrize("send", [sent_by_urllib, sent_in_chunks])
@pytest.mark.parametrize(
    ("path", "megabytes", "words"),
    [
        ("/api/files/?name=a", 12, "The file is larger than 8 MiB."),
        ("/api/files/x/", 3, "The body is larger than 2 MiB, the most that this address takes."),
        ("/run?/api/files/", 3, "The body is larger than 2 MiB, the most that this address takes."),
    ],
)
def test_upload_that_is_too_large_is_refused_by_its_own_limit(
    server: Server, send: Callable[..., Any], path: str, megabytes: int, words: str
) -> None:
    status, body = send(f"http://127.0.0.1:{port(server)}{path}", b"x" * (megabytes * MEGABYTE))
    assert (status, body["detail"]) == (413, words)


def test_body_that_arrives_slowly_but_arrives_has_more_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a second the body is not complete, but each byte of it has earned another minute."""
    monkeypatch.setattr(connections, "BODY_BYTES_PER_SECOND", 1 / 60)
    with serving(request_seconds=1) as server:
        slow = connect(server, begin=b"POST /api/files/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nx")
        began = time.monotonic()
        eventually(lambda: time.monotonic() - began > 3)
        slow.sendall(b"yz!")
        assert answer_of(slow) == (200, 4)


def test_length_that_promises_more_than_comes_ends_at_the_deadline() -> None:
    with serving(request_seconds=1) as server:
        head = b"POST /api/files/ HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n"
        status, body = answer_of(connect(server, begin=head + b"x" * 1000))
        assert (status, body["code"]) == (408, "request_timeout")
        eventually(lambda: not server.active_channels)
        assert server.bodies.kept == 0


def test_length_that_promises_less_than_comes_is_where_the_file_ends(server: Server) -> None:
    head = b"POST /api/files/ HTTP/1.1\r\nContent-Length: 3\r\n\r\n"
    assert answer_of(connect(server, begin=head + b"abcdefgh")) == (200, 3)


def test_body_in_chunks_arrives_whole(server: Server) -> None:
    body = b'4\r\n{"co\r\n6\r\nde":1}\r\n0\r\n\r\n'
    headers = b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = connect(server, begin=b"POST /run HTTP/1.1\r\n" + headers + body)
    assert answer_of(sent) == (200, len(b'{"code":1}'))


def test_length_and_chunks_at_once_are_refused(server: Server) -> None:
    headers = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    smuggled = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"
    status, body = answer_of(connect(server, begin=b"POST /run HTTP/1.1\r\n" + headers + smuggled))
    assert (status, body["code"]) == (400, "bad_request")
    eventually(lambda: not server.active_channels)


def test_addresses_of_uploads_are_those_of_the_site() -> None:
    names = ("file-list", "librechat-upload", "librechat-uploads")
    assert all(parsing.UPLOADS.fullmatch(reverse(name)) for name in names)
    with_key = reverse("librechat-upload", kwargs={"key": "sce_1"})
    assert with_key == "/librechat/sce_1/upload/"
    assert parsing.UPLOADS.fullmatch(with_key)
    assert not parsing.UPLOADS.fullmatch("/librechat/exec/upload/x/")


def test_body_without_end_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "DRAINED_BYTES", 8 * MEGABYTE)
    endless = connect(server, begin=b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
    with pytest.raises(OSError, match=r"reset|Broken pipe"):
        endless.sendall(b"x" * (100 * MEGABYTE))


def test_client_that_waits_for_a_continue_is_refused_at_once(server: Server) -> None:
    asks = connect(
        server,
        begin=b"POST / HTTP/1.1\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n",
    )
    assert answer_of(asks)[0] == 413


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nX: a\nb" + b"c" * 50_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"c" * 200_000 + b"\r\n\r\n",
        b"x" * 50_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    ],
    ids=["bare LF", "long headers", "no request line", "length", "encoding"],
)
def test_invalid_request_is_refused_in_few_words(server: Server, request_: bytes) -> None:
    status, body = answer_of(connect(server, begin=request_))
    assert status in {400, 431, 501}
    assert len(json.dumps(body)) < 500


def test_reader_that_reads_nothing_is_closed_and_frees_its_thread(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "READER_GRACE_SECONDS", 0.5)
    for _ in range(8):
        connect(server, begin=b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    assert get(server) == 200
    eventually(lambda: not server.active_channels)


def test_reader_that_takes_its_time_gets_all_of_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "READER_GRACE_SECONDS", 0.2)
    reader = connect(server, begin=b"GET /large HTTP/1.0\r\nHost: x\r\n\r\n")
    read = 0
    while piece := reader.recv(MEGABYTE):
        read += len(piece)
        time.sleep(0.01)
    assert read > 40 * MEGABYTE


PROXIED = b"POST / HTTP/1.1\r\nX-Forwarded-For: %s\r\nContent-Length: 99\r\n\r\nx"


def test_behind_a_proxy_the_client_is_the_one_that_it_names() -> None:
    with serving(trusted_proxies=1, per_address=3) as server:
        held = [connect(server, begin=PROXIED % b"spoofed, 192.0.2.1") for _ in range(3)]
        eventually(lambda: server.held["192.0.2.1"] == 3)
        status, body = answer_of(connect(server, begin=PROXIED % b"other, 192.0.2.1"))
        assert (status, body["code"]) == (429, "too_many_connections")
        many = [connect(server, begin=PROXIED % b"192.0.2.%d" % n) for n in range(2, 50)]
        eventually(lambda: len(server.held) == 49)
        for one in (*held, *many):
            one.close()
        eventually(lambda: not server.held)


def test_connection_of_a_proxy_counts_for_a_client_while_it_serves_it() -> None:
    with serving(trusted_proxies=1, per_address=1) as server:
        proxy = connect(server)
        for number in range(1, 4):
            proxy.sendall(b"GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.%d\r\n\r\n" % number)
            assert is_ok(proxy)
        eventually(lambda: not server.held)


@pytest.mark.parametrize("following", ["192.0.2.1", "192.0.2.2"])
def test_place_of_the_next_request_survives_a_late_answer(following: str) -> None:
    """The loop may read the next request before the last thread has released its place."""
    with serving(trusted_proxies=1) as server:
        proxy = connect(server)
        eventually(lambda: len(server.active_channels) == 1)
        (channel,) = server.active_channels.values()
        assert server.admit(channel, {"X_FORWARDED_FOR": "192.0.2.1"})
        served = channel.place
        assert server.admit(channel, {"X_FORWARDED_FOR": following})
        server.answered(channel, served)
        assert server.held == {following: 1}
        proxy.close()
        eventually(lambda: not server.held)


@pytest.mark.parametrize(
    ("files", "threads", "most"),
    [(65_536, 46, 32_456), (1024, 46, 200), (1024, 80, 64), (64, 46, 1)],
)
def test_files_of_the_servers_threads_are_not_for_connections(
    files: int, threads: int, most: int
) -> None:
    assert connections_for(files, threads) == most
