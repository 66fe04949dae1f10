"""What a supervisor does without an answer of its zygote, and which memory a zygote may not have."""

import pytest

from tests.support.supervisor.harness import Harness

FAILURE = 70
"""The exit code of a supervisor that ends its sandbox."""


@pytest.mark.parametrize(
    ("zygote", "end"),
    [
        pytest.param(b"a", 7, id="answers with the program's id"),
        pytest.param(b"0", 0, id="could not fork"),
        pytest.param(b"g", 0, id="is gone, so there is no program yet"),
        pytest.param(b"t", FAILURE, id="was killed, and its program may be in the nest"),
    ],
)
def test_program_is_never_started_twice(harness: Harness, zygote: bytes, end: int) -> None:
    assert int(harness.ask("o", zygote)) == end


@pytest.mark.parametrize(("memory", "is_shared"), [(b"s", 1), (b"r", 0), (b"p", 0)])
def test_memory_that_forks_would_share_is_found(
    harness: Harness, memory: bytes, is_shared: int
) -> None:
    assert int(harness.ask("m", memory)) == is_shared
