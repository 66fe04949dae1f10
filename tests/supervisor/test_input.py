"""The supervisor gives a program its input as the program takes it, whatever pieces it takes."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.supervisor.channels import PAGE, input_complaint, read
from tests.support.supervisor.harness import Harness

PIPE = 2**20


def test_no_input_is_the_end_at_once(harness: Harness) -> None:
    assert read(harness, b"", [1, 100]) == ([0, 0], 0)
    assert read(harness, b"", [1, 100], by_line=True) == ([0, 0], 0)


def test_input_that_nobody_reads_is_left(harness: Harness) -> None:
    for size in (1, PAGE, 65536, PIPE, PIPE + 1, 2**24):
        assert read(harness, b"x" * size, []) == ([], size)
        assert read(harness, b"x\n" * size, [], by_line=True) == ([], 2 * size)


def test_input_comes_at_once_where_the_pipe_holds_it(harness: Harness) -> None:
    for size in (1, PAGE, 65536, 65537, PIPE):
        assert read(harness, b"x" * size, [2**21, 1]) == ([size, 0], 0)


def test_largest_input_comes_in_pieces_to_its_end(harness: Harness) -> None:
    pieces, left = read(harness, b"x" * 2**24, [2**20] * 20)
    assert sum(pieces) == 2**24
    assert (pieces[-1], left) == (0, 0)


def test_small_pieces_of_a_large_input_never_wait(harness: Harness) -> None:
    pieces, left = read(harness, b"x" * 2**24, [1, 100, 4095, 4096, 4097, 65536] * 30)
    assert pieces == [1, 100, 4095, 4096, 4097, 65536] * 30
    assert left == 2**24 - sum(pieces)


def test_lines_come_one_by_one(harness: Harness) -> None:
    data = b"one\ntwo\n\nlast"
    assert read(harness, data, [100] * 5, by_line=True) == ([4, 4, 1, 4, 0], 0)


def test_next_line_comes_after_the_last_byte_of_a_line(harness: Harness) -> None:
    assert read(harness, b"ab\ncd\n", [1] * 7, by_line=True) == ([1, 1, 1, 1, 1, 1, 0], 0)
    assert read(harness, b"ab\ncd\n", [2, 100, 2, 100], by_line=True) == ([2, 1, 2, 1], 0)


def test_long_line_comes_by_pages(harness: Harness) -> None:
    data = b"x" * (2 * PAGE + 10) + b"\nnext\n"
    pieces = [PAGE, PAGE, 11, 5, 0]
    assert read(harness, data, [2**20] * 5, by_line=True) == (pieces, 0)


def test_first_lines_come_one_by_one_and_the_rest_at_once(harness: Harness) -> None:
    pieces, left = read(harness, b"x\n" * 1100, [PAGE] * 1002, by_line=True)
    assert (pieces, left) == ([2] * 1000 + [200, 0], 0)


lines_of_any_length = st.lists(
    st.integers(0, 30) | st.sampled_from([PAGE - 1, PAGE, 3 * PAGE]), max_size=40
).map(lambda sizes: b"\n".join(b"x" * size for size in sizes))


@given(
    data=lines_of_any_length,
    sizes=st.lists(st.integers(1, 50) | st.integers(1, 10_000), max_size=200),
    by_line=st.booleans(),
)
def test_each_byte_comes_once_in_order_and_the_rest_is_left(
    harness: Harness, data: bytes, sizes: list[int], by_line: bool
) -> None:
    pieces, left = read(harness, data, sizes, by_line=by_line)
    assert not input_complaint(data, sizes, pieces, left, by_line=by_line)


@given(
    lines=st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"")), max_size=100),
)
def test_each_line_comes_by_itself(harness: Harness, lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    pieces, left = read(harness, data, [PAGE] * (len(lines) + 1), by_line=True)
    assert pieces == [len(line) + 1 for line in lines] + [0]
    assert left == 0
