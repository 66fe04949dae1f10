"""The supervisor makes the files that come with a request, below one directory, and nothing else."""

import errno
from itertools import islice
from pathlib import Path
from random import SystemRandom
from struct import pack

import pytest

from executor import File, Limits
from executor.files import DEPTH, NAME_BYTES
from executor.sandbox.protocol import encode_request
from tests.support.supervisor.box import expected, file_bytes, fuzz_box, taken
from tests.support.supervisor.harness import Harness

FUZZED = 500


def test_files_as_the_host_sends_them_are_made(harness: Harness) -> None:
    files = {"a": b"", "b/c/d.txt": b"1\n2", "b/e": bytes(100_000), "ü/ b": b"x" * 16384}
    files |= {"/".join("d" * DEPTH) + "/f": b"deep", "x" * NAME_BYTES: b"long"}
    sent = tuple(File(name=name, content=content) for name, content in files.items())
    request = encode_request(
        number=1, limits=Limits(), code="", stdin="", args=(), files=sent, outputs=True
    )
    line, _, data = request.partition(b"\n")
    assert int(line.split()[7]) == len(data)
    error, tree = taken(harness, data, len(data))
    assert error == 0
    made = {path.decode(): content for path, content in tree.items() if content is not None}
    assert made == files


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (file_bytes(b"../outside", b"x"), errno.EBADMSG),
        (file_bytes(b"a/../../outside", b"x"), errno.EBADMSG),
        (file_bytes(b"/etc/x", b"x"), errno.EBADMSG),
        (file_bytes(b".", b"x"), errno.EBADMSG),
        (file_bytes(b"a//b", b"x"), errno.EBADMSG),
        (file_bytes(b"a/", b"x"), errno.EBADMSG),
        (file_bytes(b"a\0b", b"x"), errno.EBADMSG),
        (file_bytes(b"x" * (NAME_BYTES + 1), b""), errno.EBADMSG),
        (file_bytes(b"d/" * (DEPTH + 1) + b"x", b""), errno.EBADMSG),
        (file_bytes(b"a", b"x") * 2, errno.EEXIST),
        (file_bytes(b"a", b"x") + file_bytes(b"a/b", b"x"), errno.ENOTDIR),
        (file_bytes(b"a/b", b"x") + file_bytes(b"a", b"x"), errno.EEXIST),
        (b"".join(file_bytes(b"%d" % n, b"") for n in range(68)), errno.EBADMSG),
        (b"-1 1\na", errno.EBADMSG),
        (b"1 0\na", errno.EBADMSG),
        (b"9 1\na1", errno.EBADMSG),
        (b"2 1\na1", errno.EBADMSG),  # each size fits by itself
        (b"99999999999999999999 1\na", errno.EBADMSG),
        (b"1 1 \na1", errno.EBADMSG),
        (b"1" * 40, errno.EBADMSG),
    ],
)
def test_files_that_lead_elsewhere_or_lie_are_refused(
    harness: Harness, data: bytes, error: int
) -> None:
    assert taken(harness, data, len(data))[0] == expected(data, len(data))[0] == error


@pytest.mark.parametrize("size", range(8))
def test_files_that_break_off_are_no_files(harness: Harness, size: int) -> None:
    data = file_bytes(b"ab", b"xy")
    assert taken(harness, data[:size], len(data))[0] == errno.ENODATA


@pytest.mark.parametrize(("name", "path"), [("a", b"a"), ("d", b"d/x")])
def test_links_that_are_there_are_not_followed(
    harness: Harness, tmp_path: Path, name: str, path: bytes
) -> None:
    """Nothing can be there before the first program. So this is a second lock on the same door."""
    outside, place = tmp_path / "outside", tmp_path / "box"
    outside.mkdir()
    place.mkdir()
    (place / name).symlink_to(outside / "new" if name == "a" else outside)
    question = (
        pack("=I", len(file_bytes(path, b"x"))) + bytes(place) + b"\0" + file_bytes(path, b"x")
    )
    assert int(harness.ask("f", question)) in (errno.EEXIST, errno.ENOTDIR, errno.ELOOP)
    assert list(outside.iterdir()) == []


def test_mutated_files_are_taken_or_refused_by_the_same_rules(harness: Harness) -> None:
    seed = SystemRandom().getrandbits(32)
    print(f"seed {seed}")  # if it fails
    assert list(islice(fuzz_box(harness, seed, FUZZED), 3)) == []
