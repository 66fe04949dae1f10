"""What a supervisor may send as the files of a run. Beyond a bound nothing is taken."""

import pytest

from executor import File
from executor.files import MOST_BYTES_OF_ONE, MOST_BYTES_OUT, MOST_OUT, LeftOut
from executor.limits import KiB
from executor.sandbox.box import Collection
from executor.sandbox.protocol import Kind, NotAFrame

NOTHING = b" ".join(b"%b=0" % name.encode() for name in LeftOut.__slots__ if name != "lost")


def taken(*frames: tuple[Kind, bytes]) -> Collection:
    collection = Collection()
    for frame in frames:
        collection.take(*frame)
    return collection


def test_frames_become_files_whatever_is_in_them() -> None:
    collection = taken(
        (Kind.FILE, b"3 a\nb"),  # no good name
        (Kind.PIECE, b"xyz"),
        (Kind.FILE, b"0 empty"),
        (Kind.FILE, b"5 F 99 1"),
        (Kind.PIECE, b"L\n"),
        (Kind.PIECE, b"\0\xff "),
        (Kind.FILE, b"2 short"),  # the supervisor could read no more
        (Kind.PIECE, b"1"),
        (Kind.FILE, b"1 \xff"),
        (Kind.PIECE, b"1"),
        (Kind.LEFT_OUT, NOTHING.replace(b"bad_name=0", b"bad_name=3")),
    )
    assert collection.is_over
    assert collection.files == [
        File(name="empty", content=b""),
        File(name="F 99 1", content=b"L\n\0\xff "),
    ]
    assert collection.left_out == LeftOut(bad_name=5, unreadable=1)


def whole(size: int, name: bytes = b"a") -> list[tuple[Kind, bytes]]:
    pieces = [(Kind.PIECE, bytes(16 * KiB))] * (size // (16 * KiB))
    return [(Kind.FILE, b"%d %b" % (size, name)), *pieces]


@pytest.mark.parametrize(
    "frames",
    [
        [(Kind.PIECE, b"x")],
        [(Kind.FILE, b"1 a"), (Kind.PIECE, b"xy")],
        [(Kind.FILE, b"1 a"), (Kind.PIECE, b"")],
        [(Kind.FILE, b"a")],
        [(Kind.FILE, b"-1 a")],
        [(Kind.FILE, b"1 ")],
        [(Kind.FILE, b"1 a\0b")],
        [(Kind.FILE, b"%d a" % (MOST_BYTES_OF_ONE + 1))],
        [*whole(MOST_BYTES_OF_ONE), *whole(MOST_BYTES_OF_ONE, b"b"), (Kind.FILE, b"1 c")],
        [(Kind.FILE, b"0 %d" % n) for n in range(MOST_OUT + 1)],
        [(Kind.LEFT_OUT, b"")],
        [(Kind.LEFT_OUT, NOTHING + b" more=1")],
        [(Kind.LEFT_OUT, NOTHING.replace(b"=0", b"=x"))],
        [(Kind.STDOUT, b"x")],
        [(Kind.READY, b"2")],
        [(Kind.ENDED, b"")],
    ],
)
def test_frame_beyond_a_bound_is_refused(frames: list[tuple[Kind, bytes]]) -> None:
    with pytest.raises(NotAFrame):
        taken(*frames)


def test_counts_are_bounded() -> None:
    odd = NOTHING.replace(b"too_many=0", b"too_many=9999999999999999999").replace(b"p=0", b"p=-5")
    collection = taken((Kind.LEFT_OUT, odd))
    assert collection.left_out.too_many == 10**6
    assert collection.left_out.too_deep == 0


def test_bounds_of_both_sides_agree() -> None:
    assert MOST_BYTES_OF_ONE <= MOST_BYTES_OUT
    assert MOST_BYTES_OF_ONE * 2 >= MOST_BYTES_OUT
