"""How many sandboxes should wait: the numbers alone, without an engine."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from executor.languages import LANGUAGES
from executor.limits import MiB
from executor.pool.idle import Stock, Stocks


def stock_after_a_period(*, floor, target, unused):
    """A period in which this many were never taken."""
    stock = Stock(floor=floor, target=target, cost=MiB)
    stock.waiting.extend(object() for _ in range(target))
    stock.least = target
    for _ in range(target - unused):
        stock.take()
    stock.review()
    return stock


@pytest.mark.parametrize(
    ("unused", "target"), [(0, 10), (1, 9), (2, 9), (3, 8), (4, 8), (7, 6), (8, 6), (10, 6)]
)
def test_half_of_what_was_never_used_is_no_longer_wanted(unused, target):
    assert stock_after_a_period(floor=2, target=10, unused=unused).target == target


def test_surplus_goes_by_halves_from_period_to_period():
    stock = Stock(floor=0, target=16, cost=MiB)
    stock.waiting.extend(object() for _ in range(16))
    targets = []
    for _ in range(7):
        stock.review()
        stock.remove(lambda _: False)
        targets.append(stock.target)
    assert targets == [16, 8, 4, 2, 1, 0, 0]  # before the first review nothing is known of use


@given(
    floor=st.integers(0, 5),
    extra=st.integers(0, 20),
    takes=st.lists(st.integers(0, 3), max_size=10),
)
@example(floor=2, extra=0, takes=[0, 0, 0])
def test_target_never_falls_below_its_floor(floor, extra, takes):
    stock = Stock(floor=floor, target=floor + extra, cost=MiB)
    for count in takes:
        while stock.lacking > 0:
            stock.waiting.append(object())
        for _ in range(count):
            stock.take()
        before = stock.target
        stock.review()
        assert floor <= stock.target <= before
        stock.remove(lambda _: False)
        assert len(stock.waiting) <= stock.target


def test_stock_that_was_used_up_in_the_period_keeps_its_target():
    stock = stock_after_a_period(floor=1, target=6, unused=0)
    assert stock.target == 6


def test_surplus_sandboxes_are_removed_oldest_first():
    stock = Stock(floor=0, target=1, cost=MiB)
    oldest, middle, newest = object(), object(), object()
    stock.waiting.extend([oldest, middle, newest])
    assert stock.remove(lambda _: False) == [oldest, middle]
    assert list(stock.waiting) == [newest]


def test_caller_who_finds_nothing_raises_the_target_within_the_memory():
    cost = LANGUAGES["python"].waiting_bytes + LANGUAGES["javascript"].waiting_bytes
    room = LANGUAGES["python"].waiting_bytes
    stocks = Stocks(LANGUAGES, floor=1, memory_bytes=cost + 2 * room)
    targets = []
    for _ in range(4):
        stocks.queue("python")
        targets.append(stocks.of["python"].target)
    assert targets == [2, 3, 3, 3]


def test_caller_who_leaves_the_queue_is_not_served():
    stocks = Stocks(LANGUAGES, floor=0, memory_bytes=0)
    first, second = stocks.queue("python"), stocks.queue("python")
    assert stocks.withdraw(first)
    assert not stocks.withdraw(first)
    assert stocks.started("python") is second
    assert stocks.started("python") is None
