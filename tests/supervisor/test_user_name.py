"""The module that names a sandbox's user writes into its caller's buffer and nowhere else."""

import errno
import struct

import pytest

from tests.support.supervisor.harness import Harness

UID = GID = 2_000_000_001
PASSWD = b"sandbox:x:%d:%d:sandbox:/tmp:/bin/sh" % (UID, GID)
GROUP = b"sandbox:x:%d:" % GID
NOT_FOUND, TRY_AGAIN = b"0 0", b"-2 %d" % errno.ERANGE
"""The status of nss.h, and the error."""
BY_ID_OR_NAME = {"u": PASSWD, "n": PASSWD, "g": GROUP, "N": GROUP}
LISTED = {"P": PASSWD, "G": GROUP}


def ask(
    harness: Harness,
    how: str,
    *,
    own: tuple[int, int] = (UID, GID),
    asked: int = UID,
    name: bytes = b"sandbox",
    size: int = 1024,
    offset: int = 0,
) -> bytes:
    question = struct.pack("=5I16sc", *own, asked, size, offset, name, how.encode())
    return harness.ask("n", question)


@pytest.mark.parametrize("how", BY_ID_OR_NAME | LISTED)
def test_own_user_is_named(harness: Harness, how: str) -> None:
    assert ask(harness, how) == (BY_ID_OR_NAME | LISTED)[how]


@pytest.mark.parametrize("how", BY_ID_OR_NAME)
def test_somebody_else_is_not_named(harness: Harness, how: str) -> None:
    assert ask(harness, how, asked=UID + 1, name=b"root") == NOT_FOUND


@pytest.mark.parametrize("how", BY_ID_OR_NAME | LISTED)
def test_root_is_not_named(harness: Harness, how: str) -> None:
    for own in ((0, GID), (UID, 0), (0, 0)):
        assert ask(harness, how, own=own, asked=0) == NOT_FOUND


@pytest.mark.parametrize("how", LISTED)
def test_list_of_all_ends_after_one(harness: Harness, how: str) -> None:
    assert ask(harness, how, asked=True) == LISTED[how]
    assert ask(harness, how, asked=False) == NOT_FOUND
    assert ask(harness, how, asked=True) == LISTED[how]


@pytest.mark.parametrize("how", BY_ID_OR_NAME | LISTED)
@pytest.mark.parametrize("offset", range(9))
def test_buffer_of_any_size_and_place_holds_the_entry_or_is_too_small(
    harness: Harness, how: str, offset: int
) -> None:
    whole = (BY_ID_OR_NAME | LISTED)[how]
    answers = [ask(harness, how, size=size, offset=offset) for size in range(64)]
    enough = answers.index(whole)
    assert answers == [TRY_AGAIN] * enough + [whole] * (64 - enough)
