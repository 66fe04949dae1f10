"""What a host types to a running program arrives whole, in whatever pieces it comes."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from executor import STDIN_BYTES
from executor.sandbox.protocol import END_OF_INPUT, encode_typed
from tests.support.supervisor.harness import Harness

OPEN, ENDED, REFUSED = b"+1 ", b"+0 ", b"-1 "


def typed(harness: Harness, data: bytes, piece: int = 4096) -> bytes:
    """Send these bytes in pieces of this size; return what comes of them."""
    return harness.ask("t", struct.pack("=I", piece) + data)


@given(texts=st.lists(st.binary(max_size=5000), max_size=8), piece=st.integers(1, 6000))
def test_each_text_is_added_whatever_the_pieces(
    harness: Harness, texts: list[bytes], piece: int
) -> None:
    sent = b"".join(map(encode_typed, texts))
    assert typed(harness, sent, piece) == OPEN + b"".join(texts)
    assert typed(harness, sent + END_OF_INPUT, piece) == ENDED + b"".join(texts)


@given(other=st.binary(min_size=1, max_size=20).filter(lambda data: data[:1] not in b"IZ"))
def test_anything_else_asks_for_the_end_of_the_run(harness: Harness, other: bytes) -> None:
    assert typed(harness, encode_typed(b"abc") + other) == REFUSED + b"abc"


def test_what_was_taken_counts_however_soon_the_program_ends(harness: Harness) -> None:
    """The process that gives the input is killed with the program. It must have counted before."""
    assert {harness.ask("k", b"37\n") for _ in range(1000)} == {b"0"}


def test_input_ends_where_it_is_as_long_as_it_may_be(harness: Harness) -> None:
    most = encode_typed(b"x" * (STDIN_BYTES - 1)) + encode_typed(b"y")
    assert typed(harness, most) == OPEN + b"x" * (STDIN_BYTES - 1) + b"y"
    assert typed(harness, most + encode_typed(b"z"))[:3] == REFUSED
    assert typed(harness, struct.pack("<cI", b"I", STDIN_BYTES + 1)) == REFUSED


def test_input_after_its_end_asks_for_the_end_of_the_run(harness: Harness) -> None:
    assert typed(harness, encode_typed(b"a") + END_OF_INPUT + encode_typed(b"b")) == b"-0 a"
    assert typed(harness, END_OF_INPUT + END_OF_INPUT) == ENDED


def test_end_of_input_with_a_payload_is_none(harness: Harness) -> None:
    assert typed(harness, struct.pack("<cI", b"Z", 1) + b"x")[:1] == b"-"
