"""The host reads the same values that the supervisor wrote into a report."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.sandbox.protocol import REPORTED, Frames, Kind, is_sound, parse_report
from tests.support.supervisor.harness import Harness

FLAGS = (
    *("deadline_passed", "idle_passed", "cpu_exhausted", "cancelled", "memory_peak_exact"),
    *("all_gone", "disk_full", "counts_calls"),
)
ORDER = (
    *("deadline_passed", "idle_passed", "cpu_exhausted", "cancelled", "wall_us", "cpu_us"),
    "memory_peak_bytes",
    *(
        "memory_peak_exact",
        "oom_kills",
        "pids_refusals",
        "processes_at_end",
        "all_gone",
        "disk_full",
        "counts_calls",
    ),
    *("calls_refused", "input_left", "typed", "error_bytes"),
)
LEAST, MOST = -(2**63), 2**63 - 1


def report_of(harness: Harness, status: int, fields: dict[str, int]) -> dict[str, int]:
    """Let the supervisor write a report about the run 7, and read it."""
    numbers = [fields[name] for name in ORDER]
    written = harness.ask("r", struct.pack("=20q", 7, status, *numbers))
    [(kind, payload)] = Frames().feed(written)
    assert kind is Kind.ENDED
    report = parse_report(payload)
    assert report
    assert len(payload) < 560
    return report


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


@given(code=st.integers(0, 255), fields=any_fields)
def test_report_of_an_exit_is_read_as_it_was_written(
    harness: Harness, code: int, fields: dict[str, int]
) -> None:
    report = report_of(harness, exited(code), fields)
    assert report == fields | {"run": 7, "exit_code": code, "signal": 0}
    assert report.keys() == REPORTED
    assert is_sound(report, run=7, error=b"")


@given(signal=st.integers(1, 64), dumped=st.booleans(), fields=any_fields)
def test_report_of_a_signal_is_read_as_it_was_written(
    harness: Harness, signal: int, dumped: bool, fields: dict[str, int]
) -> None:
    report = report_of(harness, signal | (0x80 if dumped else 0), fields)
    assert report == fields | {"run": 7, "exit_code": -1, "signal": signal}
    assert is_sound(report, run=7, error=b"")


@pytest.mark.parametrize("number", [LEAST, MOST])
def test_longest_report_fits(harness: Harness, number: int) -> None:
    fields = {name: 1 if name in FLAGS else number for name in ORDER} | {"error_bytes": -1}
    report = report_of(harness, exited(255), fields)
    assert report == fields | {"run": 7, "exit_code": 255, "signal": 0}
