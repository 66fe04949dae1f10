import threading
from typing import Any
from unittest.mock import Mock

import pytest

from executor import Busy, default_limits
from executor.admission.admission import LOOK_SECONDS, Admission, light_seconds
from tests.support.waiting import eventually


def test_place_is_given_back_after_a_run() -> None:
    admission = Admission(places=1, waiting=0, seconds=0)
    for _ in range(3):
        with admission.place("alice"):
            assert admission.held == 1
        assert admission.held == 0


def test_place_is_given_back_after_an_error() -> None:
    admission = Admission(places=1, waiting=0, seconds=0)
    with pytest.raises(ValueError, match="x"), admission.place("alice"):
        raise ValueError("x")
    with admission.place("alice"):
        pass


def test_full_house_without_a_queue_is_busy_at_once() -> None:
    admission = Admission(places=1, waiting=0, seconds=60, clock=lambda: 0.0)
    with admission.place("alice"), pytest.raises(Busy) as refusal, admission.place("bob"):
        pass
    assert refusal.value.retry_after == 1


def test_waiting_ends_when_the_time_is_up() -> None:
    admission = Admission(places=1, waiting=1, seconds=0.05, clock=lambda: 0.0)
    with admission.place("alice"), pytest.raises(Busy) as refusal, admission.place("alice"):
        pass
    assert refusal.value.retry_after == 1


def test_freed_place_goes_to_the_waiting_caller() -> None:
    admission = Admission(places=1, waiting=1, seconds=30)
    got = threading.Event()

    def wait() -> None:
        with admission.place("alice"):
            got.set()

    with admission.place("alice"):
        waiter = threading.Thread(target=wait)
        waiter.start()
        assert not got.is_set()
    assert got.wait(30)
    waiter.join()


def test_no_more_than_the_places_are_ever_inside() -> None:
    admission = Admission(places=3, waiting=50, seconds=30)
    lock, inside, most = threading.Lock(), 0, 0

    def visit() -> None:
        nonlocal inside, most
        with admission.place("alice"):
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1

    visitors = [threading.Thread(target=visit) for _ in range(50)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert 1 <= most <= 3


def test_waiting_room_is_given_back() -> None:
    """Waiting in vain takes no room permanently."""
    admission = Admission(places=1, waiting=1, seconds=0.01)
    with admission.place("alice"):
        for _ in range(5):
            with pytest.raises(Busy, match=r"under way$"), admission.place("bob"):
                pass


def test_user_who_holds_nothing_gets_an_extra_place_at_once() -> None:
    admission = Admission(places=1, extra=1, waiting=0, seconds=0)
    with admission.place("alice"):
        with admission.place("bob"):
            assert admission.held == 2
            assert admission.held_by("bob") == 1
        with pytest.raises(Busy), admission.place("alice"):
            pass
    assert admission.held == 0


@pytest.mark.parametrize("room", [0, 1])
def test_refusal_has_the_expected_time_of_a_free_place(room: int) -> None:
    now = 100.0
    admission = Admission(places=2, waiting=room, seconds=0, clock=lambda: now)
    with admission.place("alice"), admission.place("alice"):
        now = 109.0
        with pytest.raises(Busy) as refusal, admission.place("bob"):
            pass
    assert refusal.value.retry_after == 5  # two that have taken 9 s, so one ends every 4.5 s


def test_user_of_more_than_half_a_longest_run_is_not_light() -> None:
    assert 2 * light_seconds() == default_limits().wall_seconds


def test_caller_crowded_out_of_the_room_is_refused_at_once() -> None:
    admission = Admission(places=1, waiting=2, seconds=30)
    refused = threading.Event()

    def wait() -> None:
        try:
            with admission.place("alice"):
                pass
        except Busy:
            refused.set()

    with admission.place("alice"):
        waiters = [threading.Thread(target=wait) for _ in range(2)]
        for waiter in waiters:
            waiter.start()
        eventually(lambda: admission.waiting == 2)
        bob = threading.Thread(target=lambda: take(admission, "bob"))
        bob.start()
        assert refused.wait(30)
    for thread in (*waiters, bob):
        thread.join()


def take(admission: Admission, name: str) -> None:
    with admission.place(name):
        pass


def test_waiting_queue_gets_a_place_for_a_new_user() -> None:
    admission = Admission(places=1, extra=1, waiting=0, seconds=0)
    wanted = [["alice"], ["alice"], ["alice", "bob"]]
    with admission.place("alice"):
        look = iter(wanted)
        with admission.place_of_any(lambda: next(look), seconds=60) as user:
            assert user == "bob"
    assert admission.held == 0


def test_queue_is_looked_at_several_times_within_the_longest_wait() -> None:
    """A user whose place is there gets it with the next look, and it is promised within two seconds."""
    assert LOOK_SECONDS <= 0.5


def test_waiting_queue_takes_no_room_of_a_caller() -> None:
    admission = Admission(places=1, waiting=1, seconds=30)
    with admission.place("alice"):
        queue = threading.Thread(target=take_any, args=[admission, "bob"])
        queue.start()
        eventually(lambda: admission.waiting == 1)
        carol = threading.Thread(target=take, args=[admission, "carol"])
        carol.start()
        eventually(lambda: admission.waiting == 2)
    for thread in (queue, carol):
        thread.join()


def take_any(admission: Any, name: str) -> None:
    with admission.place_of_any(lambda: [name], seconds=60):
        pass


def test_queue_that_wants_nothing_gets_nothing() -> None:
    admission = Admission(places=1, waiting=0, seconds=0)
    with admission.place_of_any(list, seconds=60) as user:
        assert user is None
        assert admission.held == 0


def test_wait_of_the_queue_is_bounded() -> None:
    admission = Admission(places=1, waiting=0, seconds=0)
    with (
        admission.place("alice"),
        pytest.raises(Busy),
        admission.place_of_any(lambda: ["bob"], seconds=0.05),
    ):
        pass
    take(admission, "alice")


def test_queue_that_cannot_be_read_keeps_no_place() -> None:
    admission = Admission(places=1, waiting=0, seconds=0)
    look = Mock(side_effect=[["bob"], OSError])
    with (
        admission.place("alice"),
        pytest.raises(OSError),
        admission.place_of_any(look, seconds=60),
    ):
        pass
    take(admission, "alice")
    assert admission.waiting == 0
