import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor import Limits
from executor.sandbox.protocol import (
    ERROR_BYTES,
    REPORT_BYTES,
    REPORTED,
    MarkerScanner,
    encode_request,
    is_sound,
)

NONCE = "0123456789abcdef" * 2
MARKER = b"\0\1END " + NONCE.encode()


def feed_in_pieces(data: bytes, cuts: list[int]) -> tuple[bytes, MarkerScanner]:
    scanner, out, start = MarkerScanner(NONCE), b"", 0
    for cut in [*sorted(cuts), len(data)]:
        out += scanner.feed(data[start:cut])
        start = max(start, cut)
    return out, scanner


@settings(deadline=None)  # a busy machine pauses a test
@given(st.binary(max_size=80), st.lists(st.integers(0, 140), max_size=6))
def test_marker_is_found_wherever_the_stream_is_cut(output, cuts):
    found, scanner = feed_in_pieces(output + MARKER + b" exit_code=-1 oom_kills=2\n", cuts)
    assert found == output
    assert scanner.report == {"exit_code": -1, "oom_kills": 2}


@settings(deadline=None)  # a busy machine pauses a test
@given(st.lists(st.sampled_from([b"\0", b"\0\1", b"\0\1END ", MARKER[:-1], b"x"])), st.data())
def test_beginnings_of_a_marker_are_output(pieces, data):
    output = b"".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(output)), max_size=4))
    found, scanner = feed_in_pieces(output, cuts)
    assert found + scanner.rest() == output
    assert scanner.report is None


def test_marker_with_another_nonce_is_output():
    forged = b"\0\1END " + b"f" * 32 + b" exit_code=0\n"
    found, scanner = feed_in_pieces(forged, [])
    assert found + scanner.rest() == forged


def test_report_waits_for_the_end_of_its_line():
    scanner = MarkerScanner(NONCE)
    scanner.feed(MARKER + b" exit_code=1")
    assert scanner.report is None
    scanner.feed(b"2\n")
    assert scanner.report == {"exit_code": 12}


@pytest.mark.parametrize(
    "line",
    [
        b" exit_code=\xc2\xb2",
        b" exit_code=1e3",
        b" exit_code=" + b"1" * 5000,
        b" exit_code=1 oops",
        b" " + b"a=1 " * REPORT_BYTES,
        b" \xff=1",
        b" exit_code==1",
    ],
)
def test_line_that_is_no_report_is_none_and_raises_nothing(line):
    scanner = MarkerScanner(NONCE)
    for start in range(0, len(line), 100):
        scanner.feed((MARKER if start == 0 else b"") + line[start : start + 100])
    scanner.feed(b"\n")
    assert scanner.report is None


@settings(deadline=None)  # a busy machine pauses a test
@given(st.binary(max_size=40), st.lists(st.integers(0, 180), max_size=6))
def test_error_report_behind_the_line_is_found_wherever_the_stream_is_cut(error, cuts):
    line = b" exit_code=1 error_bytes=%d\n" % len(error)
    found, scanner = feed_in_pieces(b"out" + MARKER + line + error + b"late", cuts)
    assert found == b"out"
    assert scanner.report == {"exit_code": 1, "error_bytes": len(error)}
    assert scanner.error(len(error)) == error


def test_report_waits_for_the_whole_error_report():
    scanner = MarkerScanner(NONCE)
    scanner.feed(MARKER + b" error_bytes=4096\n" + b"x" * 4095)
    assert scanner.report is None
    scanner.feed(b"\n")
    assert scanner.report == {"error_bytes": 4096}
    assert scanner.error(4096) == b"x" * 4095 + b"\n"


def test_error_report_larger_than_its_bound_never_arrives():
    scanner = MarkerScanner(NONCE)
    scanner.feed(MARKER + b" error_bytes=999999\n")
    for _ in range(300):
        scanner.feed(b"x" * 4096)
    assert scanner.report is None


WHOLE = dict.fromkeys(REPORTED, 0)


@pytest.mark.parametrize(
    "report",
    [
        WHOLE,
        WHOLE | {"exit_code": 255, "a_newer_field": 1},
        WHOLE | {"exit_code": -1, "signal": 64},
        WHOLE | {"error_bytes": ERROR_BYTES},
        WHOLE | {"error_bytes": -1},
    ],
)
def test_report_with_all_fields_is_sound(report):
    assert is_sound(report)


@pytest.mark.parametrize(
    "report",
    [
        {},
        dict.fromkeys(REPORTED - {"disk_full"}, 0),
        WHOLE | {"exit_code": 4294967295},
        WHOLE | {"exit_code": 256},
        WHOLE | {"exit_code": -1},
        WHOLE | {"exit_code": -1, "signal": 65},
        WHOLE | {"exit_code": 1, "signal": 9},
        WHOLE | {"exit_code": -2, "signal": 9},
        WHOLE | {"error_bytes": ERROR_BYTES + 1},
        WHOLE | {"error_bytes": -2},
    ],
)
def test_report_without_a_credible_end_is_not_sound(report):
    assert not is_sound(report)


@pytest.mark.parametrize(("size", "is_read"), [(2048, True), (2049, False)])
def test_line_of_a_report_is_read_up_to_its_longest_size(size, is_read):
    scanner = MarkerScanner(NONCE)
    scanner.feed(MARKER + b" exit_code=1".ljust(size - 1) + b"\n")
    assert scanner.report == ({"exit_code": 1} if is_read else None)


def test_data_after_the_marker_is_no_output():
    scanner = MarkerScanner(NONCE)
    assert scanner.feed(b"a" + MARKER + b"\n") == b"a"
    assert scanner.feed(b"late") == b""


@pytest.mark.parametrize("args", [(), ("a",), ("", "ü b")])
def test_request_announces_the_sizes_in_bytes(args):
    message = encode_request(
        nonce=NONCE, limits=Limits(wall_seconds=1.5, cpu_seconds=2), code="é", stdin="xy", args=args
    )
    line, _, rest = message.partition(b"\n")
    arguments = b"".join(arg.encode() + b"\0" for arg in args)
    assert line == f"RUN {NONCE} 1500 2000 2 2 {len(arguments)}".encode()
    assert rest == "é".encode() + b"xy" + arguments


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [(16.1, 16100), (2.3, 2300), (0.0001, 1), (1.0005, 1001), (10, 10000)],
)
def test_times_are_whole_milliseconds_rounded_up(seconds, milliseconds):
    limits = Limits(wall_seconds=seconds, cpu_seconds=seconds)
    request = encode_request(nonce="n", limits=limits, code="", stdin="", args=())
    assert request.split()[2:4] == [str(milliseconds).encode()] * 2
