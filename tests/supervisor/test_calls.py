"""The supervisor passes on as many calls as a run may make, and refuses the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.supervisor.channels import calls_answer, calls_question
from tests.support.supervisor.harness import Harness


def answered(harness: Harness, locks: int, listens: int, calls: bytes) -> bytes:
    return harness.ask("s", calls_question(locks, listens, calls))


@pytest.mark.parametrize(
    ("locks", "listens", "calls", "answer"),
    [
        (2, 0, b"f-f-f-f-", b"++-- 0 0 2"),
        (0, 2, b"l-l-l-", b"++- 0 0 1"),
        (1, 1, b"f-l-f-l-", b"++-- 0 0 2"),
        (0, 0, b"f-l-", b"-- 0 0 2"),
    ],
)
def test_each_kind_of_call_has_its_own_number(
    harness: Harness, locks: int, listens: int, calls: bytes, answer: bytes
) -> None:
    assert answered(harness, locks, listens, calls) == answer


def test_call_of_a_process_that_is_killed_before_it_is_seen_costs_nothing(harness: Harness) -> None:
    assert answered(harness, 1, 1, b"fkf-f-") == b".+- 0 1 1"


def test_call_that_an_old_kernel_cannot_pass_on_is_refused_and_counted(harness: Harness) -> None:
    assert answered(harness, 2, 2, b"folo") == b"-- 1 1 2"


@given(
    locks=st.integers(-1, 5),
    listens=st.integers(-1, 5),
    calls=st.lists(
        st.sampled_from([call + fate for call in "fl" for fate in "-kgo"]), max_size=40
    ).map(lambda calls: "".join(calls).encode()),
)
def test_no_order_of_calls_passes_on_more(
    harness: Harness, locks: int, listens: int, calls: bytes
) -> None:
    assert answered(harness, locks, listens, calls) == calls_answer(locks, listens, calls)
