"""Heads of requests: parsed in proportion to their size."""

from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from config.handler import Request
from config.serving.connections import Server
from config.serving.heads import HEAD_BYTES, SHORTER
from tests.support.connecting import answer_of, connect, is_ok
from tests.support.heads import headers_of, parsed
from tests.support.timing import quick

CPU_SECONDS = 0.5
"""Ten times the time for the largest head. The square of it takes seconds."""
LINE, END = b"GET / HTTP/1.1\r\n", b"\r\n\r\n"
FULL = HEAD_BYTES - 100

PIECES = [
    *(b"GET ", b"/", b"a://", b"[", b"]", b":", b"1", b"?", b"#", b"%41", b" HTTP/1.1", b" HTTP/1"),
    *(b"\r\n", b"A:", b"A: ", b"x", b" ", b"\t", b"\0", b"\xff", b'"', b'"\\"', b";", b",", b"="),
    *(b"Content-Type: a/b;c=", b"Accept: ", b"Cookie: a=", b"Content-Length: ", b"9", b"_"),
    *(b"Transfer-Encoding: chunked", b"X-Forwarded-For: ", b"Host: ", b"Connection: "),
]


def heads() -> SearchStrategy[bytes]:
    """Repeat pieces of what the parsers look for, up to the largest head."""
    parts = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from([1, 2, 60, 4000, FULL])))
    return st.tuples(st.sampled_from([LINE, b"GET ", b""]), parts).map(
        lambda made: (made[0] + b"".join(one * times for one, times in made[1]))[:FULL] + END
    )


def read(head: bytes) -> None:
    parser = parsed(head)
    if parser.error is None and parser.completed and not parser.empty:
        place = {"REQUEST_METHOD": "GET", "PATH_INFO": parser.path, "wsgi.input": BytesIO()}
        request = Request({**headers_of(parser), **place})
        request.COOKIES  # noqa: B018 - they are read when they are asked for
        request.get_preferred_type(["text/html", "application/json"])


@example(b"GET a://" + b"1" * FULL + b" X" + END)
@example(b"GET a://" + b"1" * FULL + b"\0" + END)
@example(LINE + b"A:" + b" " * FULL + b"x" + END)
@example(LINE + b"A: x" + b" " * FULL + b"\0" + END)
@example(LINE + (b"A:\r\n" + b" " * 60) * 500 + END)
@example(LINE + b'Content-Type: a/b;c="' + b";" * 8000 + END)
@example(LINE + b'Accept: a/b;c="' + b";" * 8000 + END)
@example(LINE + b'Cookie: a="' + b'\\"' * 4000 + b'"' + END)
@example(LINE + b"Content-Length: " + b"9" * FULL + END)
@example(b"GET http://[" + b"g" * FULL + b"] HTTP/1.1" + END)
@settings(max_examples=300, deadline=None)
@given(heads())
def test_head_is_read_in_proportion_to_its_size(head: bytes) -> None:
    quick(lambda: read(head), CPU_SECONDS)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"GET a://" + b"1" * 300 + b" X" + END, "The request line is invalid"),
        (b"GET  / HTTP/1.1" + END, "The request line is invalid"),
        (b"GET / HTTP/1.1 HTTP/1.1" + END, "The request line is invalid"),
        (LINE + b"A:" + b" " * 65 + b"x" + END, "Too many blanks in a row"),
        (LINE + b"A: x\r\n y" + END, "has a second line"),
        (LINE + b"Accept: a/b; c*=x; c*0*=y" + END, "The header Accept has a parameter with an"),
        (LINE + b"Content-Length: " + b"9" * 5000 + END, "The address or the length is invalid."),
        (b"GET http://[" + b"g" * 9000 + b"] HTTP/1.1" + END, "The address or the length is"),
    ],
    ids=["slow", "two blanks", "two versions", "blanks", "folded", "asterisk", "length", "address"],
)
def test_head_that_no_client_sends_is_refused(server: Server, head: bytes, reason: str) -> None:
    status, body = answer_of(connect(server, begin=head))
    assert (status, body["code"]) == (400, "bad_request")
    assert reason in body["detail"]
    assert len(body["detail"]) < 200


@pytest.mark.parametrize(
    ("name", "most"), [("Content-Type", 256), ("Accept", 1024), ("Cookie", 8192), ("X-Any", 8192)]
)
def test_longest_header_is_taken_and_a_longer_one_is_named(
    server: Server, name: str, most: int
) -> None:
    begin = LINE + name.encode() + b": "
    assert is_ok(connect(server, begin=begin + b"x" * most + END))
    status, body = answer_of(connect(server, begin=begin + b"x" * (most + 1) + END))
    assert (status, body["code"]) == (431, "headers_too_large")
    assert body["detail"] == f"The header {name} is longer than {most} bytes."


def test_headers_of_one_name_are_measured_together(server: Server) -> None:
    accept = b"Accept: " + b"x" * (SHORTER["ACCEPT"] // 2) + b"\r\n"
    status, body = answer_of(connect(server, begin=LINE + accept * 2 + b"\r\n"))
    assert (status, body["detail"]) == (431, "The header Accept is longer than 1024 bytes.")


@pytest.mark.parametrize(
    "line",
    [b"GET / HTTP/1.1", b"GET / HTTP/1.0", b"GET http://localhost/a?b=c HTTP/1.1", b"GET /"],
)
def test_usual_request_lines_are_read(server: Server, line: bytes) -> None:
    assert is_ok(connect(server, begin=line + b"\r\nHost: x\r\nA:  b  c \r\nB:\t\r\n\r\n"))
