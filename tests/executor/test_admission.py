import threading

import pytest

from executor import Busy
from executor.admission import Admission


def test_places_are_given_back():
    admission = Admission(places=1, waiting=0, seconds=0)
    for _ in range(3):
        with admission.place():
            pass


def test_place_is_given_back_after_an_error():
    admission = Admission(places=1, waiting=0, seconds=0)
    with pytest.raises(ValueError, match="x"), admission.place():
        raise ValueError("x")
    with admission.place():
        pass


def test_full_house_without_a_queue_is_busy_at_once():
    admission = Admission(places=1, waiting=0, seconds=60)
    with admission.place(), pytest.raises(Busy) as refusal, admission.place():
        pass
    assert refusal.value.retry_after == 60


def test_waiting_ends_when_the_time_is_up():
    admission = Admission(places=1, waiting=1, seconds=0.05)
    with admission.place(), pytest.raises(Busy) as refusal, admission.place():
        pass
    assert refusal.value.retry_after == 1


def test_one_who_waits_gets_the_place_that_becomes_free():
    admission = Admission(places=1, waiting=1, seconds=30)
    got = threading.Event()

    def wait():
        with admission.place():
            got.set()

    with admission.place():
        waiter = threading.Thread(target=wait)
        waiter.start()
        assert not got.is_set()
    assert got.wait(30)
    waiter.join()


def test_no_more_than_the_places_are_ever_inside():
    admission = Admission(places=3, waiting=50, seconds=30)
    lock, inside, most = threading.Lock(), 0, 0

    def visit():
        nonlocal inside, most
        with admission.place():
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
