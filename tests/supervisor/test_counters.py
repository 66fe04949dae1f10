"""Counters are read from the files of a cgroup; a file in another form has none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.supervisor.harness import Harness

EVENTS = b"low 0\nhigh 0\nmax 70\noom 5\noom_kill 3\noom_group_kill 1\n"


def number(harness: Harness, text: bytes, key: bytes = b"") -> int:
    return int(harness.ask("c", key + b"\0" + text))


@pytest.mark.parametrize(
    ("key", "found"),
    [(b"low", 0), (b"max", 70), (b"oom", 5), (b"oom_kill", 3), (b"oom_group_kill", 1)],
)
def test_number_of_a_key_is_found_on_its_line(harness: Harness, key: bytes, found: int) -> None:
    assert number(harness, EVENTS, key) == found
    assert number(harness, EVENTS.rstrip(), key) == found


@pytest.mark.parametrize("key", [b"kill", b"oom_", b"ow", b"nothing", b"low 0"])
def test_key_that_begins_no_line_has_no_number(harness: Harness, key: bytes) -> None:
    assert number(harness, EVENTS, key) == -1


@pytest.mark.parametrize(("text", "found"), [(b"12\n", 12), (b"0", 0), (b"", -1), (b"max\n", 0)])
def test_file_of_one_number_is_that_number(harness: Harness, text: bytes, found: int) -> None:
    assert number(harness, text) == found


@pytest.mark.parametrize("text", [b"9" * 40, b"usage_usec " + b"9" * 40])
def test_number_too_large_is_the_largest(harness: Harness, text: bytes) -> None:
    key = b"usage_usec" if b" " in text else b""
    assert number(harness, text, key) == 2**63 - 1


def test_key_in_the_first_page_is_found_and_later_ones_are_not(harness: Harness) -> None:
    text = b"x 1\n" * 1020 + b"oom_kill 3\n"  # 4080 bytes, then 11
    assert number(harness, text, b"oom_kill") == 3
    assert number(harness, b"x 1\n" * 1100 + b"oom_kill 3\n", b"oom_kill") == -1


@given(text=st.binary(max_size=5000), key=st.sampled_from([b"", b"a", b"oom_kill", b"k" * 5000]))
def test_file_of_any_bytes_is_read_without_a_fault(
    harness: Harness, text: bytes, key: bytes
) -> None:
    assert isinstance(number(harness, text, key), int)
    assert isinstance(number(harness, text + b"\noom_kill 1", key), int)
