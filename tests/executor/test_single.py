"""What a process has one of is made once, whichever threads come first."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from executor.single import Single

SECONDS = 0.5
"""How long the first thread waits for another one that makes one too."""


def test_threads_that_come_first_at_once_get_the_same_object() -> None:
    at_work = threading.Barrier(2)

    @Single
    def thing() -> object:
        with suppress(threading.BrokenBarrierError):
            at_work.wait(SECONDS)
        return object()

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(lambda _: thing(), range(2))
    assert one is other is thing()


def test_object_is_made_at_the_first_call_and_again_after_it_is_forgotten() -> None:
    thing = Single(object)
    assert not thing.is_made()
    first = thing()
    assert thing.is_made()
    thing.forget()
    assert not thing.is_made()
    assert thing() is not first
