"""Settings that let one user, or waiting requests, hold everything are refused: the bounds themselves."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.shares import Share, Shares, most_streams

SHARES = Shares(
    runs=Share(all=4, of_a_user=3),
    interactive=Share(all=3, of_a_user=2),
    queue=Share(all=10, of_a_user=9),
    streams=Share(all=8, of_a_user=3),
    waiting=6,
)
LEAST_THREADS = 2 * (4 + 6) + 8 + 8
LEAST_OF_CELERY = 8 + 8 + 4


def refusal(
    shares: Shares = SHARES,
    threads: int = LEAST_THREADS,
    *,
    is_inline: bool = True,
    is_signup_open: bool = True,
) -> str:
    try:
        shares.check(threads=threads, is_inline=is_inline, is_signup_open=is_signup_open)
    except ImproperlyConfigured as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("of_all", "most"), [(2, 1), (3, 1), (4, 1), (5, 2), (8, 3), (16, 7)])
def test_user_opens_fewer_than_half_of_the_streams(of_all: int, most: int) -> None:
    assert most_streams(of_all) == most


def test_largest_shares_of_a_user_are_accepted() -> None:
    assert refusal() == ""
    assert SHARES.threads == LEAST_THREADS


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"runs": Share(all=4, of_a_user=4)}, "RUN_MAX_PER_USER=4 lets one user take all 4"),
        ({"streams": Share(all=8, of_a_user=4)}, "STREAM_MAX_PER_USER=4"),
        ({"queue": Share(all=10, of_a_user=10)}, "QUEUE_MAX_PER_USER=10"),
    ],
)
def test_share_that_is_all_is_refused(changed: dict[str, Any], name: str) -> None:
    assert name in refusal(replace(SHARES, **changed))


def test_no_limit_for_one_user_is_refused_where_anybody_can_be_one() -> None:
    shares = replace(SHARES, runs=Share(all=4, of_a_user=0))
    assert "RUN_MAX_PER_USER=0 lets one user take all 4" in refusal(shares)
    assert refusal(shares, is_signup_open=False) == ""


def test_one_thread_too_few_is_refused() -> None:
    assert "may hold 28 of them, and 8 must stay free" in refusal(threads=LEAST_THREADS - 1)


@pytest.mark.parametrize(("of_a_user", "least"), [(1, 4), (3, 4)])
def test_web_process_has_threads_for_more_clients_than_one_users(
    of_a_user: int, least: int
) -> None:
    shares = replace(SHARES, runs=Share(all=9, of_a_user=of_a_user))
    assert refusal(shares, 16 + least, is_inline=False) == ""
    assert f"leaves {least - 1} for" in refusal(shares, 16 + least - 1, is_inline=False)
    assert "leaves 0 for" in refusal(shares, 3, is_inline=False)


def test_user_with_more_runs_needs_more_threads() -> None:
    shares = replace(SHARES, runs=Share(all=9, of_a_user=5))
    assert refusal(shares, 16 + 6, is_inline=False) == ""
    assert "leaves 5 for" in refusal(shares, 16 + 5, is_inline=False)


def test_threads_of_a_web_process_without_sandboxes_are_counted_without_runs() -> None:
    assert refusal(threads=LEAST_OF_CELERY, is_inline=False) == ""


def test_streams_that_begin_with_runs_have_threads_beside_the_runs_of_others() -> None:
    streams = SHARES.clients(LEAST_THREADS, is_inline=True)
    assert streams == SHARES.runs.all + SHARES.waiting
    held = streams + SHARES.runs.all + SHARES.waiting + SHARES.streams.all
    assert held + 8 == LEAST_THREADS
