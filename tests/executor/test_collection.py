"""What a supervisor may send as the files of a run. Beyond a bound nothing is taken."""

from collections.abc import Iterator

import pytest

from executor import File
from executor.execute import ignore
from executor.files import MOST_BYTES_OF_ONE, MOST_BYTES_OUT, MOST_OUT, LeftOut
from executor.limits import KiB
from executor.sandbox.box import Collection
from executor.sandbox.conversation import Channel, Conversation
from executor.sandbox.engine import STDOUT, Attachment
from executor.sandbox.output import Output
from executor.sandbox.protocol import HEADER, Kind, NotAFrame

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


class Stream(Attachment):
    """What a supervisor sends after its report, in these pieces. Then it ends, or is silent."""

    def __init__(self, pieces: list[bytes], *, ends: bool) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._ends = ends

    def receive(self, deadline: float) -> tuple[int, bytes] | None:
        if (piece := next(self._pieces, None)) is not None:
            return STDOUT, piece
        if self._ends:
            return None
        raise TimeoutError


def sent(*frames: tuple[Kind, bytes]) -> bytes:
    return b"".join(HEADER.pack(kind.value, len(payload)) + payload for kind, payload in frames)


FILES = sent((Kind.FILE, b"3 a"), (Kind.PIECE, b"xyz"), (Kind.FILE, b"1 b"), (Kind.PIECE, b"1"))
READY = (Kind.READY, b"2")


def collected(pieces: list[bytes], *, ends: bool = True) -> tuple[Collection, Channel]:
    channel, collection = Channel(Stream(pieces, ends=ends)), Collection()
    Conversation(channel, Output(1000, ignore), 1).collect(collection, float("inf"))
    return collection, channel


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_stream_that_is_cut_anywhere_is_read_to_the_last_frame(size: int) -> None:
    whole_stream = FILES + sent((Kind.LEFT_OUT, NOTHING))
    pieces = [whole_stream[at : at + size] for at in range(0, len(whole_stream), size)]
    collection, _ = collected(pieces)
    assert collection.is_over
    assert [file.content for file in collection.files] == [b"xyz", b"1"]


def test_what_follows_the_last_frame_is_left_for_the_next_run() -> None:
    collection, channel = collected([FILES + sent((Kind.LEFT_OUT, NOTHING), READY)])
    assert collection.is_over
    assert channel.receive(0) == (0, [READY])


@pytest.mark.parametrize(
    ("rest", "ends"),
    [
        (b"", True),
        (b"", False),
        (sent(READY), True),
        (b"?" * 10, True),
        (sent((Kind.PIECE, b"more")), False),
    ],
)
def test_transfer_that_breaks_off_gives_no_files(rest: bytes, ends: bool) -> None:
    collection, _ = collected([FILES, *[rest] * bool(rest)], ends=ends)
    assert not collection.is_over
    assert (collection.files, collection.left_out) == ([], LeftOut(lost=1))
