"""A second definition of the files that go into a sandbox, and wrong ones, to compare with the C code."""

import errno
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from .harness import Harness

LINE_BYTES = 32
PATH_BYTES = 200
DEPTH = 8
MOST_FILES = 67
HEAD = re.compile(rb"([0-9]+) ([0-9]+)\n", re.ASCII)
DIRECTORY = None
Tree = dict[bytes, bytes | None]


class Refused(Exception):
    """The C code has to refuse it, with this error."""


class Stream:
    """The host's bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        self.at += len(part)
        if len(part) < size:
            raise Refused(errno.ENODATA)
        return part


def _head(stream: Stream, most: int) -> tuple[int, int, int]:
    line = b""
    while len(line) < min(LINE_BYTES, most):
        line += stream.take(1)
        if line.endswith(b"\n"):
            found = HEAD.fullmatch(line)
            size, path = (int(found[1]), int(found[2])) if found else (0, 0)
            if found and 1 <= path <= PATH_BYTES and size + path <= most - len(line):
                return size, path, len(line)
            break
    raise Refused(errno.EBADMSG)


def is_path(path: bytes) -> bool:
    parts = path.split(b"/")
    return b"\0" not in path and len(parts) <= DEPTH + 1 and not {b"", b".", b".."} & set(parts)


def _make(tree: Tree, path: bytes, content: bytes) -> None:
    parts = path.split(b"/")
    for n in range(1, len(parts)):
        if tree.setdefault(b"/".join(parts[:n]), DIRECTORY) is not DIRECTORY:
            raise Refused(errno.ENOTDIR)
    if path in tree:
        raise Refused(errno.EEXIST)
    tree[path] = content


def expected(data: bytes, announced: int) -> tuple[int, Tree]:
    """Return the error of the C code, 0 if there is none, and then what it has made."""
    tree: Tree = {}
    stream, files = Stream(data), 0
    try:
        while announced > 0:
            size, path_size, line = _head(stream, announced)
            path = stream.take(path_size)
            if not is_path(path) or files == MOST_FILES:
                raise Refused(errno.EBADMSG)
            files += 1
            _make(tree, path, b"")
            tree[path] = stream.take(size)
            announced -= line + path_size + size
    except Refused as error:
        return error.args[0], tree
    return 0, tree


def taken(harness: Harness, data: bytes, announced: int) -> tuple[int, Tree]:
    """Let the C code take the bytes into an empty directory; return its error and what is there then."""
    with TemporaryDirectory(prefix="box-") as name:
        place = Path(name) / "box"
        place.mkdir()
        (Path(name) / "outside").touch()
        error = int(harness.ask("f", struct.pack("=I", announced) + bytes(place) + b"\0" + data))
        assert sorted(path.name for path in Path(name).iterdir()) == ["box", "outside"]
        assert (Path(name) / "outside").stat().st_size == 0
        return error, {
            bytes(path.relative_to(place)): DIRECTORY if path.is_dir() else path.read_bytes()
            for path in place.rglob("*")
        }


def file_bytes(path: bytes, content: bytes) -> bytes:
    return b"%d %d\n%b%b" % (len(content), len(path), path, content)


PARTS = (b"a", b"b", b"a.txt", b".", b"..", b"", b"\xff", b"x" * 60, b"\0", b"\n", b"-", b" ")
CONTENTS = (b"", b"1", b"1,2\n", b"\n", bytes(16384), bytes(16385), b"3 1\nabc")
ODD = (b"\0", b"\n", b" ", b"/", b"-", b"9", b"../", b"9" * 40, b"\xff", b"0")


def mutated(random: Random) -> tuple[bytes, int]:
    """Return some files with up to two changes, and how many bytes are announced."""
    data = b""
    for _ in range(random.choice((0, 1, 2, 3, 70))):
        path = b"/".join(random.choice(PARTS) for _ in range(random.choice((1, 1, 2, 3, 10))))
        if random.random() < 0.7:
            path = b"/".join(part for part in path.split(b"/") if part.strip(b".\0")) or b"c"
        path += b"%d" % random.randint(0, 99) if random.random() < 0.6 else b""
        data += file_bytes(path, random.choice(CONTENTS))
    for _ in range(random.choice((0, 0, 1, 2))):
        at = random.randint(0, len(data))
        data = data[:at] + random.choice(ODD) + data[at + random.randint(0, 3) :]
    announced = len(data) + random.choice((0, 0, 0, 0, 1, -1, 40))
    return data, max(0, announced)


def fuzz_box(harness: Harness, seed: int, count: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Send files `count` times, and yield what was taken otherwise than expected."""
    random = Random(seed)
    for _ in range(count):
        data, announced = mutated(random)
        answer, right = taken(harness, data, announced), expected(data, announced)
        # What is left of a file that breaks off is nobody's business: the run does not start.
        same = answer == right if right[0] == 0 else answer[0] == right[0]
        if not same:
            yield data, repr(answer).encode(), repr(right).encode()
