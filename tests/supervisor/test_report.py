"""The host reads the same values that the supervisor wrote into a report."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.sandbox.protocol import REPORT_BYTES, REPORTED, MarkerScanner, is_sound
from tests.support.supervisor.harness import Harness

NONCE = "0123456789abcdef" * 2
FLAGS = ("deadline_passed", "cpu_exhausted", "cancelled", "disk_full", "counts_calls")
ORDER = (
    *("deadline_passed", "cpu_exhausted", "cancelled", "wall_us", "cpu_us", "memory_peak_bytes"),
    *("oom_kills", "pids_refusals", "processes_at_end", "disk_full", "counts_calls"),
    *("calls_refused", "input_left", "error_bytes"),
)
LEAST, MOST = -(2**63), 2**63 - 1


def write(harness: Harness, status: int, fields: dict[str, int]) -> tuple[bytes, bytes]:
    """Write a report; return stdout and stderr."""
    numbers = [fields[name] for name in ORDER]
    both = harness.ask("r", struct.pack("=32s15q", NONCE.encode(), status, *numbers))
    first, newline, second = both.partition(b"\n")
    return first + newline, second


def read(line: bytes) -> dict[str, int] | None:
    scanner = MarkerScanner(NONCE)
    assert scanner.feed(line) == b""
    return scanner.report


def exited(code: int) -> int:
    """Make a status of wait(2)."""
    return code << 8


any_fields = st.fixed_dictionaries(
    {
        name: st.integers(0, 1) if name in FLAGS else st.integers(LEAST, MOST) | st.just(-1)
        for name in ORDER
        if name != "error_bytes"
    }
    | {"error_bytes": st.sampled_from((-1, 0))}
)


@settings(deadline=None)  # another process answers
@given(code=st.integers(0, 255), fields=any_fields)
def test_report_of_an_exit_is_read_as_it_was_written(
    harness: Harness, code: int, fields: dict[str, int]
) -> None:
    marker, line = write(harness, exited(code), fields)
    assert read(marker) == {}
    report = read(line)
    assert report == fields | {"exit_code": code, "signal": 0}
    assert report.keys() == REPORTED
    assert is_sound(report)


@settings(deadline=None)  # another process answers
@given(signal=st.integers(1, 64), dumped=st.booleans(), fields=any_fields)
def test_report_of_a_signal_is_read_as_it_was_written(
    harness: Harness, signal: int, dumped: bool, fields: dict[str, int]
) -> None:
    report = read(write(harness, signal | (0x80 if dumped else 0), fields)[1])
    assert report == fields | {"exit_code": -1, "signal": signal}
    assert is_sound(report)


@pytest.mark.parametrize("number", [LEAST, MOST])
def test_longest_report_fits(harness: Harness, number: int) -> None:
    fields = {name: 1 if name in FLAGS else number for name in ORDER} | {"error_bytes": -1}
    line = write(harness, exited(255), fields)[1]
    assert read(line) == fields | {"exit_code": 255, "signal": 0}
    assert len(line) < 460 < REPORT_BYTES
