"""Two runs side by side: what changed, the older left, in time that grows with the length."""

import random
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from submissions.lifecycle.models import Submission
from submissions.pages.runs.differences import LINES, difference_of, matches
from tests.support.clients import ApiClient, AsUser
from tests.support.factories import make_submission
from tests.support.timing import quick

CPU_SECONDS = 1.0
"""Twenty times what the slowest pair takes."""


def compared(client: ApiClient, *pks: Any, status: int = 200) -> str:
    answer = client.get("/submissions/compare/", {"id": [str(pk) for pk in pks]})
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


@pytest.fixture
def pair(alice: User) -> Callable[..., tuple[Submission, Submission]]:
    """Return a function that makes two runs, the later one first in the database."""

    def make(old: Any, new: Any) -> tuple[Submission, Submission]:
        later = make_submission(alice, **new)
        earlier = make_submission(alice, created=timezone.now() - timedelta(hours=1), **old)
        return earlier, later

    return make


def cells(page: str, kind: str) -> Any:
    pattern = rf'<td class="{kind}"><span class="hidden">{kind}: </span>(.*?)</td>'
    return re.findall(pattern, page, re.DOTALL)


@pytest.mark.django_db
def test_programs_and_outputs_are_side_by_side_the_earlier_left(
    client: ApiClient, pair: Callable[..., tuple[Submission, Submission]]
) -> None:
    earlier, later = pair(
        {"code": "a\nb\nc", "stdout": "1\n", "id": UUID(int=2)},
        {"code": "a\nB\nc\nd", "stdout": "2\n", "id": UUID(int=1)},
    )
    for order in ((earlier, later), (later, earlier)):
        page = compared(client, *(one.pk for one in order))
        assert cells(page, "removed") == ["b", "1"]
        assert cells(page, "added") == ["B", "d", "2"]
        assert page.index(str(earlier.pk)) < page.index(str(later.pk))
        assert page.index("Earlier run") < page.index("Later run")


@pytest.mark.django_db
def test_identical_programs_and_empty_outputs_have_a_sentence(
    client: ApiClient, pair: Callable[..., tuple[Submission, Submission]]
) -> None:
    page = compared(client, *(one.pk for one in pair({"stdout": ""}, {"stdout": ""})))
    assert "The programs are identical." in page
    assert "Neither run printed anything." in page
    assert "<table" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 3])
def test_wrong_number_of_runs_shows_the_list_with_the_ticks(
    alice: User, client: ApiClient, count: int
) -> None:
    pks = [make_submission(alice).pk for _ in range(4)][:count]
    page = compared(client, *pks, status=400)
    assert "Select exactly two runs to compare." in page
    assert page.count(" checked>") == count


@pytest.mark.django_db
def test_run_is_not_compared_with_itself(alice: User, client: ApiClient) -> None:
    pk = make_submission(alice).pk
    assert "Select exactly two runs" in compared(client, pk, pk, status=400)


@pytest.mark.django_db
def test_longer_output_is_compared_up_to_a_bound_and_the_page_says_so(
    client: ApiClient, pair: Callable[..., tuple[Submission, Submission]]
) -> None:
    outputs = ["\n".join(f"{side}{n}" for n in range(5001)) for side in "ab"]
    pks = [one.pk for one in pair(*({"stdout": out} for out in outputs))]
    page = quick(lambda: compared(client, *pks), seconds=10)  # 1 s is enough
    assert "Only the first 5000 lines are compared." in page
    assert (len(cells(page, "removed")), len(page) < 3_000_000) == (5000, True)
    later = {"stdout": f"{outputs[0]}!"}
    cut = compared(client, *(one.pk for one in pair({"stdout": outputs[0]}, later)))
    assert "The first 5000 lines are identical. The others are not compared." in cut
    same = compared(client, *(one.pk for one in pair(*({"stdout": outputs[0]},) * 2)))
    assert "The same in both runs." in same


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("print(1)\n", "print(1)\n", "The programs are identical."),
        ("print(1)\n", "print(1)\r\n", "Only characters that are not shown differ"),
        ("print(1)\n", "print(1)", "Only characters that are not shown differ"),
        ("x\n" * 5000, "x\n" * 5000 + "y", "The first 5000 lines are identical."),
    ],
    ids=["same", "line end", "last line end", "beyond the cut"],
)
def test_programs_are_called_identical_only_if_they_are(
    client: ApiClient,
    pair: Callable[..., tuple[Submission, Submission]],
    old: str,
    new: str,
    said: str,
) -> None:
    page = compared(client, *(one.pk for one in pair({"code": old}, {"code": new})))
    assert said in page
    assert ("identical." in page) == (said != "Only characters that are not shown differ")


LINE_LISTS = st.one_of(
    st.lists(st.sampled_from("abc"), max_size=2500),
    st.builds(
        lambda seed, kinds, size: random.Random(seed).choices(
            [str(n) for n in range(kinds)], k=size
        ),
        st.integers(0, 9),
        st.sampled_from([1, 2, 10, 50, 150, 1000, LINES]),
        st.sampled_from([150, 199, 400, 1600, LINES]),
    ),
)


def shifted(change: int) -> list[str]:
    """Return lines of which difflib compares each with a hundred others, again for each change."""
    return [str(n % 150) if n % change else f"{change} {n}" for n in range(2490)]


def nested(depth: int) -> tuple[list[str], list[str]]:
    """Return two texts in which two lines are unique, between them the next two, and so on."""

    def text(noise: str) -> list[str]:
        lines = ["0"]
        for level in range(1, depth + 1):
            lines = [noise, *lines, str(level), str(level - 1), noise]
        return lines

    return text("old"), text("new")


@settings(max_examples=40)
@given(LINE_LISTS, LINE_LISTS)
@example(shifted(2), shifted(3))
@example([""] * LINES, [""] * (LINES - 1))
@example([str(n) for n in range(LINES)], [str(n) for n in reversed(range(LINES))])
@example(*nested(LINES // 4))
def test_lines_of_any_kind_are_compared_in_little_time(old: Any, new: Any) -> None:
    quick(lambda: difference_of(old, new), CPU_SECONDS)


SHORT = st.lists(st.sampled_from("abcdef"), max_size=30)


@settings(max_examples=200)
@given(SHORT, SHORT)
def test_rows_hold_every_line_of_both_texts_in_order(old: Any, new: Any) -> None:
    found = matches(old, new)
    assert found == sorted(set(found))
    assert all(old[here] == new[there] for here, there in found)
    rising = [there for _, there in found]
    assert rising == sorted(set(rising))
    rows = difference_of(old, new)
    assert (rows == []) is (old == new)
    changed = [row for row in rows if row.kind != "same"]
    kept = {here for here, _ in found}
    removed = [row.old_number - 1 for row in changed if row.old_number]
    assert removed == [n for n in range(len(old)) if n not in kept]


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("abc", "abc", ""),
        ("", "ab", "++"),
        ("ab", "", "--"),
        ("abc", "axc", "=~="),
        ("abc", "ac", "=-="),
        ("abcde", "axbcdye", "=+===+="),
        ("a}b}c}", "x}b}y}", "~===~="),
        ("1abc2", "3acb4", "~=-=~+"),
        ("1abcx2", "3xabc4", "~+===~-"),
    ],
)
def test_small_changes_are_found_as_a_person_sees_them(old: str, new: str, kinds: str) -> None:
    signs = {"same": "=", "changed": "~", "added": "+", "removed": "-"}
    assert "".join(signs[row.kind] for row in difference_of(old, new)) == kinds


def test_lines_have_the_numbers_that_they_have_in_each_text() -> None:
    rows = difference_of("abx", "ayzb")
    assert [(row.old_number, row.new_number) for row in rows] == [
        (1, 1),
        (None, 2),
        (None, 3),
        (2, 4),
        (3, None),
    ]


def test_equal_lines_are_found_eight_levels_deep() -> None:
    """Deeper ones are shown as changed: each further level would read all lines once more."""
    assert [len(matches(*nested(depth))) for depth in (7, 8, 9, 20)] == [15, 17, 16, 16]


@pytest.mark.parametrize(
    ("before", "between", "kinds"),
    [(5, 8, "=====~========~====="), (6, 9, "3===~===3===~===3")],
)
def test_three_equal_lines_are_left_out_and_two_are_not(
    before: int, between: int, kinds: str
) -> None:
    equal = [str(n) for n in range(before + between + before)]
    first, second, third = equal[:before], equal[before:-before], equal[-before:]
    rows = difference_of(*([*first, line, *second, line, *third] for line in ("old", "new")))
    signs = {"same": "=", "changed": "~"}
    assert "".join(signs.get(row.kind) or str(row.count) for row in rows) == kinds


def test_long_equal_parts_are_counted_and_not_shown() -> None:
    lines = [str(n) for n in range(100)]
    rows = difference_of(lines, [*lines[:50], "new", *lines[50:]])
    assert [(row.kind, row.count) for row in rows] == [
        ("skipped", 47),
        *[("same", 0)] * 3,
        ("added", 0),
        *[("same", 0)] * 3,
        ("skipped", 47),
    ]
