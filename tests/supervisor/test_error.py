"""The supervisor takes one line from the error report's channel, whatever was written there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.sandbox.protocol import ERROR_BYTES
from tests.support.supervisor.channels import error_answer
from tests.support.supervisor.harness import Harness

REFUSED = b"-1 "


def taken(line: bytes) -> bytes:
    return b"%d %s" % (len(line), line)


def test_silent_channel_has_no_report(harness: Harness) -> None:
    assert harness.ask("e", b"") == b"0 "


@pytest.mark.parametrize("size", [1, 2, 100, ERROR_BYTES - 1, ERROR_BYTES])
def test_one_line_is_taken_up_to_its_bound(harness: Harness, size: int) -> None:
    line = b"x" * (size - 1) + b"\n"
    assert harness.ask("e", line) == taken(line)


@pytest.mark.parametrize(
    "written",
    [
        b"{}",
        b"{}\n{}",
        b"{}\n{}\n",
        b"\n\n",
        bytes(ERROR_BYTES),
        b"x" * ERROR_BYTES,
        b"x" * ERROR_BYTES + b"\n",
        b"x" * (ERROR_BYTES - 1) + b"\n\n",
        b"{}\n" * 300_000,
        bytes(2**20),
    ],
)
def test_anything_else_is_refused(harness: Harness, written: bytes) -> None:
    assert harness.ask("e", written) == REFUSED


@given(st.lists(st.sampled_from([b"\n", b"{}", b"\0", b"x" * 2000]), max_size=6).map(b"".join))
def test_exactly_a_line_within_the_bound_is_taken(harness: Harness, written: bytes) -> None:
    assert harness.ask("e", written) == error_answer(written)
