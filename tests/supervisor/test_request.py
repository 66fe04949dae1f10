"""The supervisor accepts the request lines of the host, and no other line."""

import errno
from itertools import islice
from random import SystemRandom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor import Limits
from executor.sandbox.protocol import encode_request
from tests.support.supervisor.harness import Harness
from tests.support.supervisor.requests import (
    BOUNDS,
    LINE_BYTES,
    ODD_NUMBERS,
    expected,
    fuzz,
    request_line,
)

USUAL = (1, 10_000, 10_000, 12, 3, 4, 0, 16, 4096, 8, 0, 0)
FIELDS = (
    *("number", "wall", "cpu", "code", "stdin", "arguments", "files"),
    *("most sent", "most of a file", "most of all", "idle", "session"),
)
FUZZED_LINES = 20_000

BAD, TOO_LONG, ENDED = errno.EBADMSG, errno.EMSGSIZE, errno.ENODATA


def refused(error: int, taken: int) -> bytes:
    return b"%d %d" % (error, taken)


@given(
    number=st.integers(1, 2**31 - 1),
    wall=st.floats(0.0001, 1e6),
    cpu=st.floats(0.0001, 1e6),
    code=st.text(),
    stdin=st.text(),
    args=st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"))),
)
def test_request_as_the_host_writes_it_is_taken_field_by_field(
    harness: Harness, number: int, wall: float, cpu: float, code: str, stdin: str, args: list[str]
) -> None:
    limits = Limits(wall_seconds=wall, cpu_seconds=cpu)
    message = encode_request(number=number, limits=limits, code=code, stdin=stdin, args=tuple(args))
    head, _, body = message.partition(b"\n")
    status, taken, got, *sizes = harness.ask("q", message).split()
    assert (status, int(taken), got) == (b"0", len(head) + 1, b"%d" % number)
    wall_ms, cpu_ms, code_size, stdin_size, arguments_size, *files = map(int, sizes)
    assert files == [0] * 6  # none, it is not interactive, and has no session
    for milliseconds, seconds in ((wall_ms, wall), (cpu_ms, cpu)):
        assert 0 <= milliseconds - seconds * 1000 < 1  # rounded up: a limit of 0 is no request
    assert body[:code_size].decode() == code
    assert body[code_size : code_size + stdin_size].decode() == stdin
    assert body[code_size + stdin_size :] == b"".join(one.encode() + b"\0" for one in args)
    assert arguments_size == len(body) - code_size - stdin_size


def test_request_with_everything_at_its_bound_is_taken(harness: Harness) -> None:
    line = request_line(*(most for _, most in BOUNDS))
    assert len(line) == 128
    assert harness.ask("q", line) == b"0 128" + b" %d" * len(BOUNDS) % tuple(
        most for _, most in BOUNDS
    )


@pytest.mark.parametrize("field", range(len(FIELDS)), ids=FIELDS)
def test_number_beyond_its_bound_is_refused(harness: Harness, field: int) -> None:
    least, most = BOUNDS[field]
    for number in (least - 1, most + 1, 2**63 - 1, 2**63, 2**64 + 1, 10**60):
        line = request_line(*USUAL[:field], number, *USUAL[field + 1 :])
        assert harness.ask("q", line) == refused(BAD, len(line)), line


@pytest.mark.parametrize("field", range(len(FIELDS)), ids=FIELDS)
def test_odd_number_is_a_whole_number_within_bounds_or_refused(
    harness: Harness, field: int
) -> None:
    for number in ODD_NUMBERS:
        numbers = [str(n).encode() for n in USUAL]
        numbers[field] = number
        line = b"RUN " + b" ".join(numbers) + b"\n"
        assert harness.ask("q", line) == expected(line), line


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"\0\n",
        b"RUN\n",
        b"RUN \n",
        b"run " + request_line(*USUAL)[4:],
        b" " + request_line(*USUAL),
        request_line(*USUAL, 0),
        request_line("f" * 32, *USUAL),
        request_line(*USUAL, "junk"),
        request_line(*USUAL[:-1]),
        request_line(*USUAL)[:-1] + b"\0\n",
        request_line(*USUAL)[:-1] + b"\r\n",
        request_line(*USUAL)[:-1] + b" \n",
        request_line(*USUAL).replace(b" ", b"  "),
        request_line(*USUAL).replace(b" ", b"\t"),
        request_line(*USUAL).replace(b" ", b"\0"),
    ],
)
def test_line_in_another_form_is_refused(harness: Harness, line: bytes) -> None:
    assert harness.ask("q", line) == refused(BAD, len(line))


def test_request_that_breaks_off_anywhere_is_no_request(harness: Harness) -> None:
    line = request_line(*USUAL)
    for size in range(len(line)):
        assert harness.ask("q", line[:size]) == refused(ENDED, size)


def test_line_that_breaks_off_early_is_refused(harness: Harness) -> None:
    """A cut within the digits is excluded: it is a valid request with a smaller number."""
    line = request_line(*USUAL)
    for size in range(len(line) - 1):
        cut = line[:size] + b"\n"
        assert harness.ask("q", cut) == refused(BAD, len(cut))


def test_line_without_an_end_is_refused_after_its_bound(harness: Harness) -> None:
    line = request_line(*USUAL)[:-1]
    for size in (LINE_BYTES - 1, LINE_BYTES, LINE_BYTES + 1, 100_000):
        endless = line.ljust(size, b"0")
        error = ENDED if size < LINE_BYTES else TOO_LONG
        assert harness.ask("q", endless) == refused(error, min(size, LINE_BYTES))


def test_bytes_after_the_line_are_left_for_the_program(harness: Harness) -> None:
    line = request_line(*USUAL)
    for body in (b"\n", b"\0", line, b"x" * 1000):
        assert harness.ask("q", line + body).split()[1] == b"%d" % len(line)


def test_mutated_lines_are_taken_or_refused_by_the_same_rules(harness: Harness) -> None:
    seed = SystemRandom().getrandbits(32)
    print(f"python -m tests.supervisor --inputs {FUZZED_LINES} --seed {seed}")  # if it fails
    assert list(islice(fuzz(harness, seed, FUZZED_LINES), 3)) == []
