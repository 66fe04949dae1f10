"""What a hostile program can do to the C code: its error reports, its ways to take input, its calls."""

import struct
from collections.abc import Iterator
from random import Random

from executor.sandbox.protocol import ERROR_BYTES

from .harness import Harness

MOST_PIECES = 1100
WAITS = -1
PAGE = 4096
LINES_ONE_BY_ONE = 1000

# --- Error reports ---


def error_answer(written: bytes) -> bytes:
    """Return what the supervisor takes from a channel with these bytes: one line, or nothing."""
    if not written:
        return b"0 "
    is_line = written.find(b"\n") == len(written) - 1 and len(written) <= ERROR_BYTES
    return b"%d %s" % (len(written), written) if is_line else b"-1 "


SIZES = (0, 1, 2, 100, ERROR_BYTES - 2, ERROR_BYTES - 1, ERROR_BYTES, 2 * ERROR_BYTES, 65536)
ODD_BYTES = (b"\n", b"\n\n", b"\0", b"\r\n", b"\xff", b"{}\n", b"\0\1END ")


def written(random: Random) -> bytes:
    """Return a line of about one of the sizes that matter, with up to two changes."""
    size = max(0, random.choice(SIZES) + random.randint(-1, 1))
    data = random.choice((b"x", b"\0", b'{"')) * size + random.choice((b"\n", b"\n", b""))
    for _ in range(random.choice((0, 0, 1, 2))):
        at = random.choice((0, len(data), random.randint(0, len(data))))
        data = data[:at] + random.choice(ODD_BYTES) + data[at + random.randint(0, 2) :]
    return data


def fuzz_errors(harness: Harness, seed: int, count: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Write `count` reports, and yield those with an unexpected answer."""
    random = Random(seed)
    for _ in range(count):
        data = written(random)
        answer = harness.ask("e", data)
        if answer != error_answer(data):
            yield data, answer, error_answer(data)


# --- Input ---


def read(
    harness: Harness, data: bytes, sizes: list[int], *, by_line: bool = False
) -> tuple[list[int], int]:
    """Read pieces of these sizes; return the sizes of what came, and the number of bytes left.

    The harness itself compares the bytes.
    """
    padded = sizes + [0] * (MOST_PIECES - len(sizes))
    question = struct.pack(f"=2I{MOST_PIECES}I", by_line, len(sizes), *padded) + data
    *pieces, left = map(int, harness.ask("i", question).split())
    return pieces, left


def input_complaint(
    data: bytes, sizes: list[int], pieces: list[int], left: int, *, by_line: bool
) -> str:
    """Say what is wrong with the pieces that came; empty if nothing is."""
    if WAITS in pieces:
        return "a read waits"
    if sum(pieces) + left != len(data):
        return "bytes are lost, or come twice"
    if any(got > size for got, size in zip(pieces, sizes, strict=True)):
        return "a piece is too long"
    if any(got == 0 for got in pieces[: len(pieces) - pieces.count(0)]):
        return "the end comes before the last byte"
    few_enough = data.count(b"\n") + len(data) // PAGE < LINES_ONE_BY_ONE
    at = 0
    for got in pieces if by_line and few_enough else ():
        if b"\n" in data[at : at + got - 1]:
            return "a piece has more than a line"
        at += got
    return ""


def fuzz_input(harness: Harness, seed: int, count: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Take `count` inputs in odd pieces, and yield those of which a piece is wrong."""
    random = Random(seed)
    for _ in range(count):
        lengths = random.choices((0, 1, 30, PAGE - 1, PAGE, 3 * PAGE), k=random.randint(0, 40))
        data = b"\n".join(random.choice((b"x", b"\0", b"\xff")) * length for length in lengths)
        largest = random.choice((2, 50, PAGE, 20 * PAGE))
        sizes = random.choices(range(1, largest), k=random.randint(0, 60))
        by_line = random.random() < 0.7
        pieces, left = read(harness, data, sizes, by_line=by_line)
        if wrong := input_complaint(data, sizes, pieces, left, by_line=by_line):
            yield data, f"{pieces} {left}".encode(), wrong.encode()


# --- Counted calls ---


def calls_question(locks: int, listens: int, calls: bytes) -> bytes:
    """Return the question for calls of two letters each, which harness.c explains."""
    return struct.pack("=2q", locks, listens) + calls


def calls_answer(locks: int, listens: int, calls: bytes) -> bytes:
    """Return the correct answer: what becomes of each call, what is left, how many are refused."""
    left = {ord("f"): locks, ord("l"): listens}
    told, refused = b"", 0
    for call, fate in zip(calls[::2], calls[1::2], strict=True):
        if fate == ord("k"):
            told += b"."
            continue
        passes = left[call] > 0
        left[call] -= passes
        passes = passes and fate != ord("o")
        refused += not passes
        told += b"+" if passes else b"-"
    return b"%s %d %d %d" % (told, left[ord("f")], left[ord("l")], refused)


def fuzz_calls(harness: Harness, seed: int, count: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Make `count` series of calls, and yield those with an unexpected answer."""
    random = Random(seed)
    for _ in range(count):
        locks, listens = random.choices((-1, 0, 1, 5, 50, 2**63 - 1), k=2)
        calls = b"".join(
            random.choice((b"f", b"l")) + random.choice((b"-", b"-", b"k", b"g", b"o"))
            for _ in range(random.randint(0, 100))
        )
        answer = harness.ask("s", calls_question(locks, listens, calls))
        if answer != calls_answer(locks, listens, calls):
            yield calls, answer, calls_answer(locks, listens, calls)
