from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor import Limits
from executor.sandbox.protocol import (
    ERROR_BYTES,
    FRAME_BYTES,
    HEADER,
    REPORTED,
    Frames,
    Kind,
    NotAFrame,
    encode_request,
    is_sound,
    parse_report,
)

any_frames = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=40)), max_size=6)


def encoded(frames: list[tuple[Kind, bytes]]) -> bytes:
    return b"".join(HEADER.pack(kind.value, len(payload)) + payload for kind, payload in frames)


@given(any_frames, st.lists(st.integers(0, 200), max_size=8))
def test_frames_are_found_wherever_the_stream_is_cut(frames: Any, cuts: list[int]) -> None:
    data, reader, found, start = encoded(frames), Frames(), [], 0
    for cut in [*sorted(cuts), len(data)]:
        found += reader.feed(data[start:cut])
        start = max(start, cut)
    assert found == frames


def test_frame_waits_for_its_last_byte() -> None:
    data, reader = encoded([(Kind.STDOUT, b"abc")]), Frames()
    assert reader.feed(data[:-1]) == []
    assert reader.feed(data[-1:]) == [(Kind.STDOUT, b"abc")]


def test_what_looks_like_a_frame_within_a_frame_is_its_bytes() -> None:
    forged = encoded([(Kind.ENDED, b"exit_code=0"), (Kind.READY, b"2")])
    assert Frames().feed(encoded([(Kind.STDOUT, forged)])) == [(Kind.STDOUT, forged)]


@pytest.mark.parametrize(
    "data", [b"\0" * 5, b"ready\n", HEADER.pack(b"O", FRAME_BYTES + 1), b"R\xff\xff\xff\xff"]
)
def test_stream_that_is_no_supervisors_is_refused(data: bytes) -> None:
    with pytest.raises(NotAFrame):
        Frames().feed(data)


@pytest.mark.parametrize(
    "line",
    [
        b"exit_code=\xc2\xb2",
        b"exit_code=1e3",
        b"exit_code=" + b"1" * 5000,
        b"exit_code=1 oops",
        b"\xff=1",
        b"exit_code==1",
    ],
)
def test_line_that_is_no_report_is_none_and_raises_nothing(line: bytes) -> None:
    assert parse_report(line) is None


def test_report_is_read_field_by_field() -> None:
    assert parse_report(b"exit_code=-1 oom_kills=2") == {"exit_code": -1, "oom_kills": 2}


WHOLE = dict.fromkeys(REPORTED, 0) | {"run": 7}


@pytest.mark.parametrize(
    "report",
    [
        WHOLE,
        WHOLE | {"exit_code": 255, "a_newer_field": 1},
        WHOLE | {"exit_code": -1, "signal": 64},
        WHOLE | {"error_bytes": -1},
    ],
)
def test_report_with_all_fields_is_sound(report: dict[str, Any]) -> None:
    assert is_sound(report, run=7, error=b"")


@pytest.mark.parametrize(
    "report",
    [
        {},
        {name: WHOLE[name] for name in REPORTED - {"disk_full"}},
        WHOLE | {"run": 6},
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
def test_report_without_a_credible_end_is_not_sound(report: dict[str, Any]) -> None:
    assert not is_sound(report, run=7, error=b"")


def test_report_has_the_size_of_the_error_before_it() -> None:
    report = WHOLE | {"error_bytes": ERROR_BYTES}
    assert is_sound(report, run=7, error=b"x" * ERROR_BYTES)
    assert not is_sound(report, run=7, error=b"x")


@pytest.mark.parametrize("args", [(), ("a",), ("", "ü b")])
def test_request_announces_the_sizes_in_bytes(args: tuple[str, ...]) -> None:
    message = encode_request(
        number=12, limits=Limits(wall_seconds=1.5, cpu_seconds=2), code="é", stdin="xy", args=args
    )
    line, _, rest = message.partition(b"\n")
    arguments = b"".join(arg.encode() + b"\0" for arg in args)
    assert line == f"RUN 12 1500 2000 2 2 {len(arguments)} 0 0 0 0 0 0".encode()
    assert rest == "é".encode() + b"xy" + arguments


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [(16.1, 16100), (2.3, 2300), (0.0001, 1), (1.0005, 1001), (10, 10000)],
)
def test_times_are_whole_milliseconds_rounded_up(seconds: float, milliseconds: int) -> None:
    limits = Limits(wall_seconds=seconds, cpu_seconds=seconds)
    request = encode_request(number=1, limits=limits, code="", stdin="", args=())
    assert request.split()[2:4] == [str(milliseconds).encode()] * 2
