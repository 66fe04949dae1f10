"""A second definition of the request line, and wrong lines, to compare with the C code."""

import errno
import re
from collections.abc import Iterator
from random import Random

from .harness import Harness

LINE_BYTES = 160
"""The longest line in bytes, with its newline. The longest request has 128 (test_request.py)."""
MS_MAX = (2**63 - 1) // 1000
CODE_MAX, STDIN_MAX, ARGUMENTS_MAX = 2**22, 2**24, 2**15
FILES_MAX, SENT_MAX, SENT_BYTES_MAX = 2**25, 64, 2**26
BOUNDS = (
    (1, 2**31 - 1),
    (1, MS_MAX),
    (1, MS_MAX),
    (0, CODE_MAX),
    (0, STDIN_MAX),
    (0, ARGUMENTS_MAX),
    (0, FILES_MAX),
    (0, SENT_MAX),
    (0, SENT_BYTES_MAX),
    (0, SENT_BYTES_MAX),
    (0, MS_MAX),
    (0, SENT_BYTES_MAX),
)
REQUEST = re.compile(rb"RUN" + rb" ([0-9]+)" * len(BOUNDS) + rb"\n", re.ASCII)


def expected(data: bytes) -> bytes:
    """Return the correct answer of the harness: 0 or an error, the bytes taken, and the fields."""
    line = data[: data.find(b"\n") + 1]
    if not 0 < len(line) <= LINE_BYTES:
        is_too_long = len(data) >= LINE_BYTES
        return b"%d %d" % (
            errno.EMSGSIZE if is_too_long else errno.ENODATA,
            min(len(data), LINE_BYTES),
        )
    found = REQUEST.fullmatch(line)
    numbers = [int(digits) for digits in found.groups()] if found else []
    if not found or any(
        not least <= n <= most for n, (least, most) in zip(numbers, BOUNDS, strict=True)
    ):
        return b"%d %d" % (errno.EBADMSG, len(line))
    return " ".join(map(str, (0, len(line), *numbers))).encode()


def request_line(*numbers: object) -> bytes:
    return f"RUN {' '.join(map(str, numbers))}\n".encode()


ODD_NUMBERS = (
    *(b"", b"-1", b"-0", b"+1", b"0", b"1", b"007", b"1e3", b"0x10", b" 1", b"1.5", b"nan"),
    *(str(2**bits + more).encode() for bits in (15, 20, 24, 31, 32, 63, 64) for more in (-1, 0, 1)),
    *(str(MS_MAX + more).encode() for more in (0, 1)),
    *(b"9" * 20, b"9" * 60, b"0" * 60, b"-" + b"9" * 60, "٣".encode()),
)
ODD_BYTES = (b"\0", b"\n", b" ", b"\t", b"\r", b"-", b"9", b"f", b"\xff", b"%n", b"RUN ")


def mutated(random: Random) -> bytes:
    """Return a request line with up to three changes."""
    data = request_line(*(random.randint(least, most) for least, most in BOUNDS))
    for _ in range(random.randint(0, 3)):
        data = random.choice(CHANGES)(data, random)
    return data


def _other_field(data: bytes, random: Random) -> bytes:
    fields = data.split(b" ")
    fields[random.randrange(len(fields))] = random.choice(ODD_NUMBERS)
    return b" ".join(fields)


def _field_more_or_less(data: bytes, random: Random) -> bytes:
    fields = data.split(b" ")
    at = random.randrange(len(fields))
    fields[at : at + random.randint(0, 1)] = fields[at : at + random.randint(0, 2)]
    return b" ".join(fields)


def _insert(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(ODD_BYTES) * random.choice((1, 1, 2, 40)) + data[at:]


def _other_byte(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(1) + data[at + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _take_out(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + data[at + random.randint(1, 8) :]


def _follow(data: bytes, random: Random) -> bytes:
    return data + random.randbytes(random.randint(1, 200))


def _noise(data: bytes, random: Random) -> bytes:
    return random.randbytes(random.randint(0, 300))


CHANGES = (
    _other_field,
    _field_more_or_less,
    _insert,
    _other_byte,
    _cut,
    _take_out,
    _follow,
    _noise,
)


def fuzz(harness: Harness, seed: int, count: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Send `count` mutated lines, and yield those with an unexpected answer."""
    random = Random(seed)
    for _ in range(count):
        data = mutated(random)
        answer = harness.ask("q", data)
        if answer != expected(data):
            yield data, answer, expected(data)
